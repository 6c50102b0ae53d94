/** Measured limits and a policy → what violates it. Pure. */

import type { Policy } from '../policy.ts';
import type { MeasuredLimit } from './measured.ts';
import { isLimitName, LIMIT_NAMES, type LimitName } from './names.ts';

export interface Violation {
  readonly limit: MeasuredLimit;
  /** `free pass`: it must stay, and STARTTLS lifts it. `outlives`: it must not stay, and does. */
  readonly kind: 'free pass' | 'outlives';
  readonly summary: string;
}

type Fate = NonNullable<MeasuredLimit['atStarttls']>;

/** Whether what STARTTLS makes of a limit is such a violation. */
export const BREAKS: Readonly<Record<Violation['kind'], (fate: Fate) => boolean>> = {
  'free pass': fate => fate !== 'kept',
  outlives: fate => fate === 'kept' || fate === 'sometimes',
};

/** What another limit counts is judged there. */
export function violations(limits: readonly MeasuredLimit[], policy: Policy): readonly Violation[] {
  return limits.flatMap((limit): Violation[] => {
    const { atStarttls, within } = limit;
    const rule = isLimitName(limit.limit) ? policy[limit.limit] : undefined;
    if (atStarttls === undefined || within !== undefined) return [];
    if (rule === 'must' && BREAKS['free pass'](atStarttls))
      return [{ limit, kind: 'free pass', summary: freePass(limit) }];
    if (rule === 'never' && BREAKS.outlives(atStarttls))
      return [{ limit, kind: 'outlives', summary: outlives(limit) }];
    return [];
  });
}

/** What became of the limits whose fate the policy asks for. */
export interface Judged {
  /** Those whose fate was told, or that are not there. */
  readonly judged: number;
  /** What was to be judged and was not, so that nothing holds: measuring was broken off, or told nothing at all. */
  readonly unmeasured: readonly string[];
  /** What could not be told beside others that were. */
  readonly untold: readonly string[];
}

export function judged(limits: readonly MeasuredLimit[], policy: Policy): Judged {
  const asked = judgedBy(policy);
  const rows = limits.filter(({ limit }) => isLimitName(limit) && asked.includes(limit));
  const stopped = rows.filter(row => row.stopped === true);
  const known = asked.filter(limit => rows.some(row => row.limit === limit && isTold(row)));
  const untold = asked
    .filter(limit => !known.includes(limit) && !stopped.some(row => row.limit === limit))
    .map(limit => fateOf(limit, rows.find(row => row.limit === limit)?.reason));
  const broken = stopped.map(({ limit, reason }) => fateOf(limit, reason));
  return known.length === 0
    ? { judged: 0, unmeasured: [...broken, ...untold], untold: [] }
    : { judged: known.length, unmeasured: broken, untold };
}

const isTold = ({ atStarttls, kept, stopped }: MeasuredLimit): boolean =>
  stopped !== true && (atStarttls !== undefined || kept === 'none');

/** How long a session may last shows by waiting only, which a search never does. */
const WAITS = 'it takes a real wait: afresh limits --session-wait';

const fateOf = (limit: string, reason = limit === 'time' ? WAITS : 'not measured'): string =>
  `what STARTTLS makes of the limit on ${limit} (${reason})`;

/** Limits for which the policy wants to know what STARTTLS makes of them. */
export const judgedBy = (policy: Policy): readonly LimitName[] =>
  LIMIT_NAMES.filter(limit => policy[limit] !== 'may');

function freePass({ limit, threshold, counts, atStarttls, tried }: MeasuredLimit): string {
  const how = atStarttls === 'sometimes' ? `kept in ${tried} tries only` : String(atStarttls);
  return `the limit on ${limit} (${threshold} ${counts}) must outlive STARTTLS and is ${how}: STARTTLS is a free pass`;
}

const outlives = ({ limit, threshold, counts, tried }: MeasuredLimit): string =>
  `the limit on ${limit} (${threshold} ${counts}) must not outlive STARTTLS and is kept (${tried} tries)`;
