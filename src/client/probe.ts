/**
 * What has to be known of a client before the search: that it can be started, that it hands over a message in TLS
 * when all is well, or what keeps it from that, and what varies from one fresh run to the next.
 */

import type { Note } from '../note.ts';
import type { Verdict } from '../report/report.ts';
import type { ClientExperiment, SeenClient } from './experiment.ts';
import type { Offer } from './offer.ts';
import { type ClientStage, idleOf } from './run.ts';
import { CLEAN, type Errand, type Script, STRANGE } from './script.ts';
import { type ClientTranscript, delivered, isEndless, lastWords } from './transcript.ts';

export type ProbedClient = {
  readonly software: string;
  readonly notes: readonly Note[];
} & (
  | { readonly supported: true }
  /** It does not start TLS at all; or it does, and hands over nothing: then it can be told neither sound nor faulty. */
  | {
      readonly supported: false;
      readonly verdict: Extract<Verdict, 'unsupported' | 'inconclusive'>;
      readonly reason: string;
    }
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

/** Why the client hands over no message in TLS though all is well: neither with a login nor, where that will not do, without. */
export async function obstacleOf(experiment: ClientExperiment): Promise<string | undefined> {
  const first = await experiment.run(plain({ login: true }));
  if (delivered(first.transcript)) return undefined;
  return obstacleWithoutLogin(experiment);
}

async function obstacleWithoutLogin(experiment: ClientExperiment): Promise<string | undefined> {
  const { transcript } = await experiment.run(plain({}));
  return delivered(transcript) ? undefined : obstacle(transcript, experiment.options.stage);
}

/** Rejects with a `TargetError` where the client cannot be started. */
export async function probeClient(experiment: ClientExperiment): Promise<ProbedClient> {
  const { stage } = experiment.options;
  const software = await stage.client.software();
  const asked = await experiment.run(plain({ login: true }));
  // Some fail now and then by themselves.
  const first = wantsTls(asked.transcript) ? asked : await experiment.run(plain({ login: true }));
  const facts = { software, notes: [] };
  const { entries } = first.transcript;
  if (!wantsTls(first.transcript)) {
    const still = stillness(first.transcript, idleOf(stage));
    return {
      ...facts,
      supported: false,
      // Who was cut off may have been about to.
      verdict: still.length === 0 ? 'unsupported' : 'inconclusive',
      reason: [lackOf(entries), ...still, endOf(first.transcript), ...background(first.transcript)].join(
        '; ',
      ),
    };
  }
  const others = await Promise.all(
    Array.from({ length: LEARNING_RUNS }, () => experiment.run(plain({ login: true }))),
  );
  for (const other of others) experiment.noise.learn(first.observation, other.observation);
  if ([first, ...others].some(({ transcript }) => delivered(transcript)) || isFaulty(experiment, first))
    return { ...facts, supported: true };
  if (await trustsStrangers(experiment)) return { ...facts, supported: true };
  const reason = await obstacleWithoutLogin(experiment);
  return reason === undefined
    ? { ...facts, supported: true }
    : { ...facts, supported: false, verdict: 'inconclusive', reason };
}

const wantsTls = ({ entries }: ClientTranscript): boolean =>
  entries.some(entry => entry.kind === 'said' && entry.verb === 'starttls');

/** What it does instead of sending STARTTLS. The server greets everyone who connects. */
function lackOf(entries: ClientTranscript['entries']): string {
  if (entries.length === 0) return 'the client does not connect to the server';
  const said = entries.filter(entry => entry.kind === 'said');
  const [first] = said;
  if (first === undefined)
    return isEndless({ entries })
      ? 'the client connects to the server, and sends without end what is no line'
      : 'the client connects to the server, and says nothing';
  if (isClientHello(first.text)) return 'the client begins TLS at once, as for smtps, and not by STARTTLS';
  return said.some(({ verb }) => verb === 'message')
    ? 'the client hands its message over in plaintext: it does not send STARTTLS, though it is offered'
    : 'the client does not send STARTTLS, though it is offered';
}

/** A handshake record of TLS (RFC 8446, section 5.1); it is no line, but holds a line feed by chance or by its extensions. */
const isClientHello = (text: string): boolean => text.startsWith('\u0016\u0003');

/** Who is kept from it by a fault of its own is to be looked into. */
const isFaulty = (experiment: ClientExperiment, seen: SeenClient, script = plain({ login: true })): boolean =>
  experiment.judge(script, seen, undefined).deviations.length > 0;

/** Whether it takes a certificate that it should not, be it in place of the right one: such as one for the name that the server says. */
async function trustsStrangers(experiment: ClientExperiment): Promise<boolean> {
  const faulty = STRANGE.map(async certificate => {
    const handshake = { kind: 'sound', version: '1.3', certificate } as const;
    const script: Script = { ...plain({ login: true }), upgrade: { ...CLEAN, handshake } };
    return isFaulty(experiment, await experiment.run(script), script);
  });
  return (await Promise.all(faulty)).includes(true);
}

const obstacle = (transcript: ClientTranscript, stage: ClientStage): string =>
  [
    `the client hands over no message in TLS though all is well: ${reached(transcript)}`,
    ...stillness(transcript, idleOf(stage)),
    endOf(transcript),
  ].join('; ');

/** How far it came. */
function reached({ entries }: ClientTranscript): string {
  const last = entries.findLast(({ kind }) => kind === 'said' || kind === 'handshake');
  if (last?.kind === 'said')
    return `the last it sent was ${last.verb.toUpperCase()} in ${last.secure ? 'TLS' : 'plaintext'}`;
  if (last?.kind === 'handshake')
    return last.result === 'failed'
      ? `the TLS handshake failed (${last.detail})`
      : 'it sent nothing behind the TLS handshake';
  return 'it sent nothing';
}

const stillness = ({ entries }: ClientTranscript, idle: number): readonly string[] =>
  entries.some(entry => entry.kind === 'ended' && entry.idle === true)
    ? [`it was still for ${idle / 1_000} s, and was left (a longer --client-timeout gives it longer)`]
    : [];

/** Who is content with nothing done may have left it to another process. */
const background = ({ entries, exit }: ClientTranscript): readonly string[] =>
  exit.kind === 'exited' && exit.code === 0 && !entries.some(({ kind }) => kind === 'said')
    ? ['a process that it leaves in the background is ended with it: have it wait for that']
    : [];

/** How it ended, and the last that it wrote. */
function endOf({ entries, exit }: ClientTranscript): string {
  const why = isEndless({ entries }) ? ', since it sent without end' : '';
  const end =
    exit.kind === 'late' ? `it was stopped after ${exit.waited} ms${why}` : `it exits with ${exit.code}`;
  const words = lastWords(exit);
  return `${end}${words === '' ? '' : `: ${words.slice(0, 200)}`}`;
}
