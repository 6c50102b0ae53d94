/** How differences between used and fresh run become deviations from a claim; the same for every pair claim. */

import type { Claim, Deviation, Evidence } from '../src/claim.ts';
import { type Difference, signature } from '../src/compare.ts';
import { type Aspect, NOTHING } from '../src/observe.ts';

/** What is heard on the connection, but for the EHLO list, which has a claim of its own. */
export const HEARD: readonly Aspect[] = ['end', 'count', 'code', 'enhanced', 'text'];

/** The deviations from a claim that is about these aspects; none unless the two runs may be compared. */
export const pairDeviations = (
  claim: Claim,
  { paired, differences }: Pick<Evidence, 'paired' | 'differences'>,
  aspects: readonly Aspect[],
): readonly Deviation[] =>
  paired
    ? differences
        .filter(({ aspect }) => aspects.includes(aspect))
        .map(difference => pairDeviation(claim, difference))
    : [];

export function pairDeviation(claim: Claim, difference: Difference): Deviation {
  return {
    claim: claim.id,
    requirement: claim.requirement,
    level: 'must',
    proof: 'pair',
    step: difference.step,
    used: difference.used,
    fresh: difference.fresh,
    summary: summary(difference),
    difference,
    signature: signature(difference),
  };
}

const EMPTY = '(empty)';

function summary({ verb, aspect, place, used, fresh }: Difference): string {
  const command = verb === 'fence' ? 'the closing QUIT' : verb.toUpperCase();
  switch (aspect) {
    case 'code':
      if (isOwed(verb, used, fresh))
        return `a reply ${used} too many comes in TLS, ahead of that to the closing QUIT; a fresh connection gives none`;
      return `${command} is answered ${used} in TLS, but ${fresh} on a fresh connection`;
    case 'count':
      return used === NOTHING
        ? `${command} gets no such reply in TLS (a fresh connection: ${fresh})`
        : `${command} is preceded or followed in TLS by a reply ${used} that a fresh connection does not give`;
    case 'end':
      return `${ENDS.used[used]?.(command) ?? used}; ${ENDS.fresh[fresh] ?? fresh}`;
    case 'list':
      return listed(used, fresh);
    case 'enhanced':
      return `${command} is answered with ${enhanced(used)} in TLS, but with ${enhanced(fresh)} on a fresh connection`;
    case 'text':
      return `${command} is answered "${used}" in TLS, but "${fresh}" on a fresh connection`;
    case 'header':
    case 'body':
      return arrived(used, fresh);
    case 'handler':
      if (/^\d+$/.test(place))
        return `the application's hook ${verb} is ${used === NOTHING ? 'not ' : ''}called in TLS, on a fresh connection it is${fresh === NOTHING ? ' not' : ''}`;
      return `the application's hook ${verb} is given ${place.replace(/^\d+\./, '')} = ${used || EMPTY} in TLS, on a fresh connection ${fresh || EMPTY}`;
  }
}

/** Whether it is no answer to the closing QUIT, which is taken by 221 or refused, but to something before it. */
const isOwed = (verb: string, used: string, fresh: string): boolean =>
  verb === 'fence' && fresh === '221' && used.startsWith('2');

const enhanced = (code: string): string => (code === NOTHING ? 'no enhanced code' : `the code ${code}`);

function arrived(used: string, fresh: string): string {
  if (used === NOTHING)
    return `a message sent in TLS arrives without "${fresh}", which one from a fresh connection has`;
  if (fresh === NOTHING)
    return `a message sent in TLS arrives with "${used}", which one from a fresh connection has not`;
  return `a message sent in TLS arrives with "${used}", from a fresh connection with "${fresh}"`;
}

/** What comes of a connection at a command: it is closed, or falls silent, or does neither. */
const ENDS: {
  readonly used: Readonly<Record<string, (command: string) => string>>;
  readonly fresh: Readonly<Record<string, string>>;
} = {
  used: {
    closed: command => `the connection is closed at ${command} in TLS`,
    silence: command => `${command} gets no answer in TLS`,
    [NOTHING]: command => `the connection goes on behind ${command} in TLS`,
  },
  fresh: {
    closed: 'a fresh connection is closed',
    silence: 'a fresh connection gives no answer',
    [NOTHING]: 'a fresh connection goes on',
  },
};

function listed(used: string, fresh: string): string {
  if (used === NOTHING) return `the EHLO list in TLS lacks ${fresh}, which a fresh connection is offered`;
  if (fresh === NOTHING) return `the EHLO list in TLS has ${used}, which a fresh connection is not offered`;
  return `the EHLO list in TLS has ${used}, where a fresh connection is offered ${fresh}`;
}
