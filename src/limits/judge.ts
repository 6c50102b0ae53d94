/** Measured limits and a policy → what violates it. Pure. */

import type { Policy } from '../policy.ts';
import type { ReportedLimit } from '../report/report.ts';

export interface Violation {
  readonly limit: ReportedLimit;
  readonly summary: string;
}

/** Limits that must stay and do not, or must not and do. What another limit counts is judged there. */
export function violations(limits: readonly ReportedLimit[], policy: Policy): readonly Violation[] {
  return limits.flatMap(limit => {
    const { atStarttls, within } = limit;
    const rule = (policy as Readonly<Record<string, string>>)[limit.limit];
    if (atStarttls === undefined || within !== undefined) return [];
    if (rule === 'must' && atStarttls !== 'kept') return [{ limit, summary: freePass(limit) }];
    if (rule === 'never' && (atStarttls === 'kept' || atStarttls === 'sometimes'))
      return [{ limit, summary: outlives(limit) }];
    return [];
  });
}

function freePass({ limit, threshold, counts, atStarttls, tried }: ReportedLimit): string {
  const how = atStarttls === 'sometimes' ? `kept in ${tried} tries only` : String(atStarttls);
  return `the limit on ${limit} (${threshold} ${counts}) must outlive STARTTLS and is ${how}: STARTTLS is a free pass`;
}

const outlives = ({ limit, threshold, counts, tried }: ReportedLimit): string =>
  `the limit on ${limit} (${threshold} ${counts}) must not outlive STARTTLS and is kept (${tried} tries)`;
