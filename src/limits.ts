/**
 * Whether a difference is explained by a limit: a count that may be kept across STARTTLS.
 *
 * Not an opinion but an experiment, the transplant: on the same baseline, n *neutral* events of the limit's kind are
 * played after TLS instead of before it, each followed by what restores the state of a fresh connection. If some n
 * brings the same refusal, and none without them, the server counts, and does not remember what was said.
 */

import type { Deviation } from './claim.ts';
import type { Difference } from './compare.ts';
import type { Experiment, Seen } from './experiment.ts';
import type { Scenario, Step, StepKind } from './scenario.ts';
import { repliesTo } from './transcript.ts';

/** The limits that are known to exist, each with a neutral event of its kind. */
export const LIMITS = {
  transactions: { event: [{ kind: 'mail', from: 'k' }, { kind: 'rset' }], kinds: ['mail'] },
  recipients: {
    event: [{ kind: 'mail', from: 'k' }, { kind: 'rcpt', to: 'l' }, { kind: 'rset' }],
    kinds: ['rcpt'],
  },
  errors: { event: [{ kind: 'line', text: 'MAIL' }], kinds: [] },
  unknown: {
    event: [{ kind: 'line', text: 'XAFRESH' }],
    kinds: ['line', 'xclient', 'xforward', 'expn', 'bdat', 'lhlo', 'bytes'],
  },
  commands: { event: [{ kind: 'noop' }], kinds: [] },
  'failed logins': {
    event: [{ kind: 'auth', mechanism: 'PLAIN', answer: 'wrong', user: 'k', initial: true }],
    kinds: ['auth'],
  },
  messages: {
    event: [
      { kind: 'mail', from: 'k' },
      { kind: 'rcpt', to: 'l' },
      { kind: 'data', body: 'plain', token: 'm' },
    ],
    kinds: ['data', 'bdat'],
  },
} as const satisfies Record<string, { readonly event: readonly Step[]; readonly kinds: readonly StepKind[] }>;

export type LimitName = keyof typeof LIMITS;

export interface LimitExplanation {
  readonly limit: LimitName;
  readonly text: string;
}

/** Codes that speak of state or syntax, and on an open connection are never a limit. */
const NEVER_A_LIMIT = new Set(['500', '501', '502', '503', '504', '555']);

/** Neutral events tried beyond those that `before` had. */
const SLACK = 2;

export async function explainByLimit(
  experiment: Experiment,
  scenario: Scenario,
  deviation: Deviation,
): Promise<LimitExplanation | undefined> {
  if (deviation.difference === undefined || !(isCounter(deviation.difference) || givesLess(deviation)))
    return undefined;
  for (const limit of Object.keys(LIMITS) as LimitName[]) {
    const needed = await transplant(experiment, scenario, deviation, limit);
    if (needed !== undefined) {
      return {
        limit,
        text: `limit on ${limit}: ${deviation.summary}; ${needed} neutral events of that kind after TLS bring the same on a fresh connection`,
      };
    }
  }
  return undefined;
}

/** A refusal, or the end of the connection, where the fresh run was given something. */
function givesLess({ used, fresh, difference }: Deviation): boolean {
  if (difference?.aspect === 'end' || difference?.aspect === 'count')
    return used === 'closed' || used === 'silence' || used === 'nothing' || /^[45]/.test(used);
  return (
    difference?.aspect === 'code' && /^[45][0-9]{2}$/.test(used) && !NEVER_A_LIMIT.has(used) && fresh !== used
  );
}

/** A number in a handler's state may be a count, which is a limit or the stuff of one. */
const isCounter = ({ aspect, used, fresh }: Difference): boolean =>
  aspect === 'handler' && /^\d+$/.test(used) && /^\d+$/.test(fresh);

/** How many neutral events after TLS bring the refusal of the used run to the same step; undefined if none do. */
async function transplant(
  experiment: Experiment,
  scenario: Scenario,
  deviation: Deviation,
  limit: LimitName,
): Promise<number | undefined> {
  const most = eventsOf(scenario, limit) + SLACK;
  const shown = await Promise.all(
    Array.from({ length: most }, (_, index) =>
      isTransplanted(experiment, scenario, deviation, limit, index + 1),
    ),
  );
  const first = shown.indexOf(true);
  if (first < 0) return undefined;
  // A limit that is passed stays passed: more events must not undo it. A counter just goes on.
  const holdsOn = deviation.difference?.aspect === 'handler' || shown.slice(first).every(Boolean);
  return holdsOn ? first + 1 : undefined;
}

/** Every step may count: what one server calls an error another calls a command. */
function eventsOf({ before }: Scenario, limit: LimitName): number {
  const kinds: readonly StepKind[] = LIMITS[limit].kinds;
  return limit === 'errors' || limit === 'commands' || limit === 'unknown'
    ? before.length
    : before.filter(({ kind }) => kinds.includes(kind)).length;
}

async function isTransplanted(
  experiment: Experiment,
  scenario: Scenario,
  deviation: Deviation,
  limit: LimitName,
  count: number,
): Promise<boolean> {
  const neutral: Step[] = Array.from({ length: count }, () => LIMITS[limit].event).flat();
  const greeting: Step[] = UNGREETED.has(limit) ? [] : [{ kind: 'ehlo', name: 'n' }];
  const lead = [...greeting, ...neutral];
  const seen = await experiment.fresh({ ...scenario, after: [...lead, ...scenario.after] });
  const { difference } = deviation;
  if (difference?.aspect === 'handler') return countsAlike(seen, difference);
  return refusesAlike(seen, deviation.used, lead.length + deviation.step);
}

/** Events that can be played without a greeting, which would change what follows. */
const UNGREETED: ReadonlySet<LimitName> = new Set<LimitName>(['errors', 'unknown', 'commands']);

/** The same refusal at the same step, or already before it, with the end of the connection. */
function refusesAlike({ transcript }: Seen, used: string, step: number): boolean {
  const ended = transcript.entries.find(entry => entry.kind === 'ended');
  const endedInTime = ended?.part === 'after' && ended.step <= step;
  if (used === 'closed' || used === 'nothing' || used === 'silence') return endedInTime;
  const refusedAt = (at: number): boolean =>
    repliesTo(transcript, 'after', at).some(reply => reply.kind === 'reply' && String(reply.code) === used);
  return refusedAt(step) || (endedInTime && refusedAt(ended.step));
}

/** The hook that the difference names, counted from the last call, was given the number of the used run. */
function countsAlike({ observation }: Seen, { verb, place, used }: Difference): boolean {
  const path = place.replace(/^\d+\./, '');
  return observation.facts.some(
    fact =>
      fact.aspect === 'handler' &&
      fact.verb === verb &&
      fact.value === used &&
      fact.place.replace(/^\d+\./, '') === path,
  );
}
