/** Learned → verdict, and why it is not `holds`. Pure. */

import type { Report } from '../report/report.ts';
import type { Learned } from './learn.ts';

/** Whether the machine was put to a suite that finds states more; one for none is no test of what leads nowhere new. */
export const isWhole = ({ extra = 0 }: Pick<Learned, 'extra'>): boolean => extra > 0;

export function learnedVerdict(learned: Learned): Pick<Report, 'verdict' | 'reason'> {
  const {
    findings,
    machine,
    fresh,
    incomplete = 'nothing was asked of it (--extra 0)',
    unexplained,
    served,
  } = learned;
  if (findings.length > 0) return { verdict: 'violated' };
  const inconclusive = (reason: string) => ({ verdict: 'inconclusive', reason }) as const;
  if (machine === undefined) return inconclusive(`no machine was learned: ${incomplete}`);
  if (fresh === undefined) return inconclusive('STARTTLS is not taken on a fresh connection');
  if (unexplained > 0)
    return inconclusive(
      `STARTTLS leads astray to ${unexplained} ${unexplained === 1 ? 'state' : 'states'}, which a second look did not show`,
    );
  if (!isWhole(learned)) return inconclusive(`the machine was not put to the whole test: ${incomplete}`);
  if (!served) return inconclusive('the target did not serve a known-good session at the end');
  return { verdict: 'holds' };
}
