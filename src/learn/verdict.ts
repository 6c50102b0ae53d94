/** Learned → verdict, and why it is not `holds`. Pure. */

import type { Report } from '../report/report.ts';
import type { Learned } from './learn.ts';

export function learnedVerdict({
  findings,
  machine,
  fresh,
  extra,
  incomplete = '',
  unexplained,
}: Learned): Pick<Report, 'verdict' | 'reason'> {
  if (findings.length > 0) return { verdict: 'violated' };
  const inconclusive = (reason: string) => ({ verdict: 'inconclusive', reason }) as const;
  if (machine === undefined) return inconclusive(`no machine was learned: ${incomplete}`);
  if (fresh === undefined) return inconclusive('STARTTLS is not taken on a fresh connection');
  if (unexplained > 0)
    return inconclusive(
      `STARTTLS leads astray to ${unexplained} ${unexplained === 1 ? 'state' : 'states'}, which a second look did not show`,
    );
  // No state more is no test of what leads nowhere new.
  if (extra === undefined || extra < 1)
    return inconclusive(`the machine was not put to the whole test: ${incomplete}`);
  return { verdict: 'holds' };
}
