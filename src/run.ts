/**
 * Driver × scenario → transcript, on one connection (`player.ts`), or two where the handshake resumes an earlier session.
 *
 * It writes down what happened, accepted messages included, and judges nothing. Every wait has a limit. A peer cannot make
 * it throw.
 */

import type { Ticket } from './drivers/driver.ts';
import { Player } from './player.ts';
import { endsMessage, fullHandshake, type Scenario, type Step } from './scenario.ts';
import { messageMark, placeOf, type Speech } from './spell.ts';
import type { Stage } from './stage.ts';
import type { Delivery, Entry, Transcript } from './transcript.ts';

export async function run(stage: Stage, scenario: Scenario, speech: Speech): Promise<Transcript> {
  const { handshake } = scenario.upgrade;
  const resumed = handshake.kind === 'sound' ? handshake.resumed : undefined;
  if (resumed === undefined) return play(stage, scenario, speech, undefined, []);
  const earlier: Scenario = {
    before: stage.neutral,
    upgrade: { handshake: fullHandshake(scenario.upgrade) },
    after: resumed,
  };
  const player = await Player.open(stage, speech);
  if (player === undefined) return unreachable(speech);
  await player.play(earlier, undefined);
  const ticket = player.ticket();
  const entries = player.entries.map((entry): Entry => ({ ...entry, part: 'ticket' }));
  return play(stage, scenario, speech, ticket, entries);
}

async function play(
  stage: Stage,
  scenario: Scenario,
  speech: Speech,
  ticket: Ticket | undefined,
  earlier: readonly Entry[],
): Promise<Transcript> {
  const player = await Player.open(stage, speech);
  if (player === undefined) return unreachable(speech, earlier);
  const outcome = await player.play(scenario, ticket);
  const upgrade = isBroken(scenario, player.entries) ? 'lost' : outcome;
  const handlers = player.handlers();
  return {
    nonce: speech.nonce,
    upgrade,
    entries: earlier.length === 0 ? player.entries : [...earlier, ...player.entries],
    handlers,
    deliveries: upgrade === 'secure' ? await deliveries(stage, scenario, speech, player.entries) : [],
    connections: connectionsOf(earlier),
  };
}

/**
 * Whether the server ended the connection without a word in TLS, where plaintext went between a ClientHello that came early
 * and the client's Finished. Of TLS 1.3 the client is through before the server has read either: it is the handshake that
 * failed there, as it has to.
 */
function isBroken({ upgrade: { eager, segment } }: Scenario, entries: readonly Entry[]): boolean {
  const inTls = entries.filter(({ part }) => part === 'after' || part === 'fence');
  return (
    eager === true &&
    segment !== undefined &&
    inTls.some(({ kind }) => kind === 'ended') &&
    !inTls.some(({ kind }) => kind === 'received')
  );
}

/** A run whose session is resumed takes one more, for the ticket. */
const connectionsOf = (earlier: readonly Entry[]): number => (earlier.length === 0 ? 1 : 2);

function unreachable(speech: Speech, earlier: readonly Entry[] = []): Transcript {
  return {
    nonce: speech.nonce,
    upgrade: 'unreachable',
    entries: earlier,
    handlers: [],
    deliveries: [],
    connections: connectionsOf(earlier),
  };
}

async function deliveries(
  stage: Stage,
  scenario: Scenario,
  speech: Speech,
  entries: readonly Entry[],
): Promise<readonly Delivery[]> {
  if (stage.mailbox === undefined) return [];
  const found: Delivery[] = [];
  for (const [index, step] of scenario.after.entries()) {
    if (!isMarked(step) || !isAccepted(step, entries, index)) continue;
    const mark = messageMark(speech, step.token, placeOf('after', index));
    found.push({ step: index, text: await stage.mailbox.find(mark, stage.limits.delivery) });
  }
  return found;
}

type Marked = Extract<Step, { kind: 'data' | 'bdat' }>;

/** An empty message bears no mark that would tell it from others. */
const isMarked = (step: Step): step is Marked => endsMessage(step) && step.body !== 'empty';

/**
 * Whether the server took the message; in LMTP, for the last recipient. Behind replies out of step a 250 that no 354 came
 * before is the answer to another command.
 */
function isAccepted({ kind }: Marked, entries: readonly Entry[], step: number): boolean {
  const codes = entries.flatMap(entry =>
    entry.kind === 'received' && entry.part === 'after' && entry.step === step && entry.reply.kind === 'reply'
      ? [entry.reply.code]
      : [],
  );
  return codes.at(-1) === 250 && (kind === 'bdat' || codes.includes(354));
}
