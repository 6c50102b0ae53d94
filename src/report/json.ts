/** Results → the JSON that scripts read, and that `afresh report` reads again: one result, or a list of them. Pure. */

import { plainJson } from './printable.ts';
import type { Results } from './results.ts';

export function json({ runs }: Results): string {
  return `${plainJson(runs.length === 1 ? runs[0] : runs, 2)}\n`;
}
