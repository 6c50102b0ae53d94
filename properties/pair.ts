/** How a difference between used and fresh run becomes a deviation from a claim; the same for every pair claim. */

import type { Claim, Deviation } from '../src/claim.ts';
import { type Difference, signature } from '../src/compare.ts';

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
      return `${command} is answered ${used} in TLS, but ${fresh} on a fresh connection`;
    case 'count':
      return used === 'nothing'
        ? `${command} gets no such reply in TLS (a fresh connection: ${fresh})`
        : `${command} is preceded or followed in TLS by a reply ${used} that a fresh connection does not give`;
    case 'end':
      return `at ${command} the connection is: ${used}; on a fresh connection: ${fresh}`;
    case 'list':
      return `the EHLO list in TLS says ${used} where a fresh connection says ${fresh}`;
    case 'enhanced':
    case 'text':
      return `${command} is answered "${used}" in TLS, but "${fresh}" on a fresh connection`;
    case 'header':
    case 'body':
      return `a message sent in TLS arrives with "${used}", from a fresh connection with "${fresh}"`;
    case 'handler':
      if (/^\d+$/.test(place))
        return `the application's hook ${verb} is ${used === 'nothing' ? 'not ' : ''}called in TLS, on a fresh connection it is${fresh === 'nothing' ? ' not' : ''}`;
      return `the application's hook ${verb} is given ${place.replace(/^\d+\./, '')} = ${used || EMPTY} in TLS, on a fresh connection ${fresh || EMPTY}`;
  }
}
