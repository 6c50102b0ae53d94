/**
 * What of a script a client came to: what stands behind the point where it turned away says nothing about it. Told from one
 * run alone, so of use only where one run is proof. Pure.
 */

import type { ClientExamination } from './experiment.ts';
import { CLEAN, type Script } from './script.ts';

/** The script without what was not played: no upgrade where STARTTLS was never said, and nothing in TLS where there was none. */
export function reached({
  script,
  used: { transcript },
}: Pick<ClientExamination, 'script'> & {
  readonly used: Pick<ClientExamination['used'], 'transcript'>;
}): Script {
  const { entries } = transcript;
  if (entries.some(({ secure }) => secure)) return script;
  const isAsked = entries.some(entry => entry.kind === 'said' && entry.verb === 'starttls');
  // Those that come before it fail, or are spared, on purpose.
  if (isAsked || script.spared !== undefined) return { ...script, after: [] };
  return { ...script, upgrade: CLEAN, after: [] };
}
