/** What `--reproducer FILE` writes, and the scripts that are kept beside the corpus. */

import { roundsFor } from '../certainty.ts';
import type { Deviation } from '../claim.ts';
import type { Authority } from '../client/authority.ts';
import type { KeptScript } from '../client/corpus.ts';
import { clientReproducer } from '../client/reproducer.ts';
import { type CorpusEntry, deviationOf } from '../corpus.ts';
import { writeWhole } from '../document.ts';
import type { Examination } from '../experiment.ts';
import { standsFor } from '../investigate/confirm.ts';
import type { Bench } from '../replay.ts';
import { type ReproducerKind, reproducer } from '../reproducer.ts';
import { REQUIREMENTS } from '../smtp/requirements.ts';
import { addressOf } from '../targets/address.ts';

export function writeReproducer(
  file: string,
  bench: Bench,
  entry: CorpusEntry,
  example: Examination | undefined,
): void {
  const deviation = (example === undefined ? undefined : standsFor(example, entry)) ?? deviationOf(entry);
  writeWhole(file, scriptOf(kindOf(file), bench, entry, deviation));
}

export const writeClientReproducer = (file: string, entry: KeptScript, authority: Authority): void =>
  writeWhole(file, clientReproducer(kindOf(file), entry, authority));

const kindOf = (file: string): ReproducerKind => (file.endsWith('.py') ? 'py' : 'mjs');

/** The same text whenever it is made: of the kept finding alone, and of nothing that a run showed. */
export const keptScript = (kind: ReproducerKind, bench: Bench, entry: CorpusEntry): string =>
  scriptOf(kind, bench, entry, deviationOf(entry));

function scriptOf(
  kind: ReproducerKind,
  { target, probed }: Bench,
  entry: CorpusEntry,
  deviation: Deviation,
): string {
  const address = addressOf(entry.target);
  return reproducer(kind, {
    ...probed.speech,
    summary: entry.summary,
    requirement: REQUIREMENTS[entry.requirement],
    scenario: entry.scenario,
    baseline: probed.baseline,
    deviation,
    rounds: roundsFor(entry.confirmed),
    protocol: target.protocol,
    ...(address === undefined ? {} : { host: address.host, port: address.port }),
  });
}
