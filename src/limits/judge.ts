/** Measured limits and a policy → what violates it. Pure. */

import type { Policy, Rule } from '../policy.ts';
import type { ReportedLimit } from '../report/report.ts';

export interface Violation {
  readonly limit: ReportedLimit;
  /** `free pass`: it must stay, and STARTTLS lifts it. `outlives`: it must not stay, and does. */
  readonly kind: 'free pass' | 'outlives';
  readonly summary: string;
}

/** What another limit counts is judged there. */
export function violations(limits: readonly ReportedLimit[], policy: Policy): readonly Violation[] {
  return limits.flatMap((limit): Violation[] => {
    const { atStarttls, within } = limit;
    const rule = ruleFor(limit.limit, policy);
    if (atStarttls === undefined || within !== undefined) return [];
    if (rule === 'must' && atStarttls !== 'kept')
      return [{ limit, kind: 'free pass', summary: freePass(limit) }];
    if (rule === 'never' && (atStarttls === 'kept' || atStarttls === 'sometimes'))
      return [{ limit, kind: 'outlives', summary: outlives(limit) }];
    return [];
  });
}

/** What the policy wants to know, and measuring was broken off before it was known. */
export const unmeasured = (limits: readonly ReportedLimit[], policy: Policy): readonly string[] =>
  limits.flatMap(({ limit, stopped, reason = 'not measured' }) =>
    stopped === true && judgedBy(policy).includes(limit)
      ? [`what STARTTLS makes of the limit on ${limit} (${reason})`]
      : [],
  );

/** Limits for which the policy wants to know what STARTTLS makes of them. */
export const judgedBy = (policy: Policy): readonly string[] =>
  Object.entries(policy)
    .filter(([row, rule]) => row !== 'proxy' && rule !== 'may')
    .map(([row]) => row);

const ruleFor = (limit: string, policy: Policy): Rule | undefined =>
  (policy as Readonly<Record<string, Rule>>)[limit];

function freePass({ limit, threshold, counts, atStarttls, tried }: ReportedLimit): string {
  const how = atStarttls === 'sometimes' ? `kept in ${tried} tries only` : String(atStarttls);
  return `the limit on ${limit} (${threshold} ${counts}) must outlive STARTTLS and is ${how}: STARTTLS is a free pass`;
}

const outlives = ({ limit, threshold, counts, tried }: ReportedLimit): string =>
  `the limit on ${limit} (${threshold} ${counts}) must not outlive STARTTLS and is kept (${tried} tries)`;
