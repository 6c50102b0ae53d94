/** What `--reproducer FILE` writes. */

import { standsFor } from '../confirm.ts';
import { type CorpusEntry, deviationOf } from '../corpus.ts';
import { writeWhole } from '../document.ts';
import type { Examination } from '../experiment.ts';
import { type Bench, looksFor } from '../replay.ts';
import { reproducer } from '../reproducer.ts';
import { REQUIREMENTS } from '../smtp/requirements.ts';
import { addressOf } from '../targets/address.ts';

export function writeReproducer(
  file: string,
  { target, probed }: Bench,
  entry: CorpusEntry,
  example: Examination | undefined,
): void {
  const deviation = (example === undefined ? undefined : standsFor(example, entry)) ?? deviationOf(entry);
  const address = addressOf(entry.target);
  const text = reproducer(file.endsWith('.py') ? 'py' : 'mjs', {
    ...probed.speech,
    summary: entry.summary,
    requirement: REQUIREMENTS[entry.requirement],
    scenario: entry.scenario,
    baseline: probed.baseline,
    deviation,
    rounds: entry.confirmed === '5/5' ? 1 : looksFor(entry),
    protocol: target.protocol,
    ...(address === undefined ? {} : { host: address.host, port: address.port }),
  });
  writeWhole(file, text);
}
