/**
 * What has to be known of a client before the search: that it can be started, that it hands over a message in TLS
 * when all is well, and what varies from one fresh run to the next.
 */

import type { Note } from '../report/report.ts';
import type { ClientExperiment } from './experiment.ts';
import { CLEAN, type Errand, type Offer, type Script } from './script.ts';
import { delivered } from './transcript.ts';

export type ProbedClient = {
  readonly software: string;
  readonly notes: readonly Note[];
} & (
  | { readonly supported: true }
  /** It does not start TLS at all. */
  | { readonly supported: false; readonly reason: string }
);

/** What most servers offer. */
const COMMON: readonly Offer[] = [
  { kind: 'keyword', keyword: 'PIPELINING' },
  { kind: 'size', limit: 10_000_000 },
  { kind: 'keyword', keyword: '8BITMIME' },
  { kind: 'keyword', keyword: 'SMTPUTF8' },
  { kind: 'auth', mechanisms: ['PLAIN', 'LOGIN'] },
];

const plain = (errand: Errand): Script => ({ errand, before: COMMON, upgrade: CLEAN, after: COMMON });

/** Fresh runs from which noise is learned. */
const LEARNING_RUNS = 3;

/** Whether the client hands over a message in TLS when all is well: with a login or, if that will not do, without. */
export async function knownGood(experiment: ClientExperiment): Promise<boolean> {
  for (const errand of [{ login: true }, {}] as const)
    if (delivered((await experiment.run(plain(errand))).transcript)) return true;
  return false;
}

/** Rejects with a `TargetError` where the client cannot be started. */
export async function probeClient(experiment: ClientExperiment): Promise<ProbedClient> {
  const { client, tls } = experiment.options.stage;
  const software = await client.software();
  const first = await experiment.run(plain({ login: true }));
  const facts = { software, notes: [] };
  const { entries } = first.transcript;
  const said = entries.some(({ kind }) => kind === 'said');
  const wantsTls = entries.some(entry => entry.kind === 'said' && entry.verb === 'starttls');
  const { exit } = first.transcript;
  const end = exit.kind === 'late' ? `it was stopped after ${exit.waited} ms` : `it exits with ${exit.code}`;
  const words = exit.output.trim().split('\n').at(-1) ?? '';
  const because = `${end}${words === '' ? '' : `: ${words.slice(0, 200)}`}`;
  if (!said)
    return { ...facts, supported: false, reason: `the client says nothing to the server; ${because}` };
  if (!wantsTls)
    return { ...facts, supported: false, reason: `the client does not send STARTTLS (${tls}); ${because}` };
  const others = await Promise.all(
    Array.from({ length: LEARNING_RUNS }, () => experiment.run(plain({ login: true }))),
  );
  for (const other of others) experiment.noise.learn(first.observation, other.observation);
  return { ...facts, supported: true };
}
