/**
 * One trial of a gauge: so many events in plaintext, so many in TLS, on a connection of its own; and where the server
 * stopped serving them.
 *
 * Every command is taken from a budget, which is stated and never overdrawn. What is asked beside the trials, whether the
 * target still opens (`door.ts`) and how scenarios are to be trimmed (`trim.ts`), is played there.
 */

import { untilInterrupted } from '../clock.ts';
import { pause } from '../drivers/driver.ts';
import { newNonce } from '../nonce.ts';
import { masked } from '../observe.ts';
import type { Probed } from '../probe.ts';
import { run } from '../run.ts';
import { BARE, type Baseline, fresh, type Scenario, type Step } from '../scenario.ts';
import type { Reply } from '../smtp/reply.ts';
import { type Part, repliesTo, type Transcript } from '../transcript.ts';
import type { Gauge } from './gauges.ts';
import { outcomeOf } from './outcome.ts';

/** A refusal in the server's words, or what happened in place of one. */
export interface Refusal {
  readonly step: Step;
  readonly code: number | undefined;
  readonly text: string;
  /** Whether the connection ended with it. */
  readonly ended: boolean;
}

export type Trial =
  | { readonly kind: 'served'; readonly transcript: Transcript }
  | {
      readonly kind: 'limited';
      /** Events answered as the first one was. */
      readonly served: number;
      /** Commands sent on the connection up to the one that was refused. */
      readonly commands: number;
      readonly refusal: Refusal;
      readonly transcript: Transcript;
    }
  /** STARTTLS was not taken, or the session was lost before the events could begin. */
  | { readonly kind: 'unusable'; readonly reason: string; readonly transcript: Transcript };

/** No more can be played: the stated number of commands is used up, or the target takes no connections. */
export class Stopped extends Error {
  override readonly name = 'Stopped';
}

/** Trials on one target: what they have in common, what they may cost, and what they have cost. */
export interface Trials {
  readonly probed: Probed;
  readonly baseline: Baseline;
  readonly hello: Step;
  /** What is said first in TLS: a greeting, and a login where nothing goes without one. */
  readonly lead: readonly Step[];
  /** Commands that may be sent at most, and those that were. */
  readonly most: number;
  sent: number;
  connections: number;
  /** What connections were turned away with; a limit across connections. */
  turnedAway?: string;
  /** Connections are turned away for good. */
  closed?: true;
  readonly signal?: AbortSignal;
}

/** Milliseconds between attempts to connect, once a connection was turned away. */
const PATIENCE = [100, 500, 1_000, 2_000, 4_000, 8_000, 16_000] as const;

/** QUIT ends the connection, so that this upgrade never takes place. */
const NEVER = { handshake: { kind: 'failed', how: 'fin' } } as const;
const QUIT: Step = { kind: 'quit' };

/** Events in plaintext alone. */
export async function inPlaintext(trials: Trials, gauge: Gauge, count: number): Promise<Trial> {
  const steps = gauge.steps(count);
  const transcript = await play(trials, {
    before: [trials.hello, ...steps, QUIT],
    upgrade: NEVER,
    after: [],
  });
  return assessed(gauge, steps, transcript, 'before', 1);
}

/** Who is logged in cannot fail to log in. */
const leadOf = ({ hello, lead }: Trials, { limit }: Gauge): readonly Step[] =>
  limit === 'failed-logins' ? [hello] : lead;

/** Events on both sides of STARTTLS. */
export function usedScenario(trials: Trials, gauge: Gauge, earlier: number, count: number): Scenario {
  return {
    before: [trials.hello, ...gauge.steps(earlier)],
    upgrade: BARE,
    after: [...leadOf(trials, gauge), ...gauge.steps(count)],
  };
}

/** Events in TLS, behind `earlier` ones in plaintext; without those, on the emptiest connection there is. */
export async function inTls(trials: Trials, gauge: Gauge, earlier: number, count: number): Promise<Trial> {
  const steps = gauge.steps(count);
  const used = usedScenario(trials, gauge, earlier, count);
  const transcript = await play(trials, earlier === 0 ? fresh(used, trials.baseline) : used);
  if (transcript.upgrade !== 'secure')
    return { kind: 'unusable', reason: `STARTTLS was ${transcript.upgrade} there`, transcript };
  return assessed(gauge, steps, transcript, 'after', leadOf(trials, gauge).length);
}

/** Plays a scenario; where connections are turned away it slows down, and at last gives up. */
async function play(trials: Trials, scenario: Scenario): Promise<Transcript> {
  const cost = [...scenario.before, ...scenario.after].reduce((sum, step) => sum + linesOf(step), 2);
  const { mailbox: _, ...stage } = trials.probed.stage;
  for (const wait of trials.closed === true ? [] : [...PATIENCE, undefined]) {
    if (trials.signal?.aborted === true) throw new Stopped('interrupted');
    if (trials.sent + cost > trials.most) throw new Stopped(`${trials.most} commands were not enough`);
    trials.sent += cost;
    trials.connections++;
    const speech = { ...trials.probed.speech, nonce: newNonce() };
    const transcript = await heeding(trials, run(stage, scenario, speech));
    const [greeting] = repliesTo(transcript, 'greeting', 0);
    if (greeting?.kind === 'reply' && greeting.code === 220) return transcript;
    trials.turnedAway = greeting?.kind === 'reply' ? said(greeting) : 'no greeting';
    if (wait !== undefined) await heeding(trials, Promise.resolve(pause(stage.driver, wait)));
  }
  trials.closed = true;
  throw new Stopped(`the target turns connections away: ${trials.turnedAway}`);
}

/** What the work comes to; or its end, as soon as the user interrupts. */
async function heeding<T>({ signal }: Trials, work: Promise<T>): Promise<T> {
  const done = await untilInterrupted(
    work.then(value => ({ value })),
    signal,
  );
  if (done === undefined) throw new Stopped('interrupted');
  return done.value;
}

const linesOf = ({ kind }: Step): number => (kind === 'auth' ? 3 : kind === 'data' ? 2 : 1);

/** Looks for the first event that was not answered as the first of its kind was; `offset` steps come before it. */
function assessed(
  gauge: Gauge,
  steps: readonly Step[],
  transcript: Transcript,
  part: Part,
  offset: number,
): Trial {
  const normal = new Map<string, string>();
  let closed = false;
  for (const [index, step] of steps.entries()) {
    if (step.kind === 'pause') continue;
    const outcome = outcomeOf(transcript, part, index + offset);
    const reply = repliesTo(transcript, part, index + offset).at(-1);
    const { code } = outcome;
    if (!closed && reply?.kind === 'reply' && code !== undefined && !outcome.silent) {
      const words = masked(said(reply), transcript.nonce);
      const usual = normal.get(shape(step)) ?? (isUsual(gauge, step, code) ? words : undefined);
      if (usual !== undefined) normal.set(shape(step), usual);
      // A close behind the usual words comes in place of the next answer.
      closed = outcome.ended && usual === words;
      if (closed || (!outcome.ended && (code < 400 || usual?.startsWith(String(code))))) continue;
    }
    const served = steps.slice(0, index).filter(({ kind }) => kind === gauge.event).length;
    const refusal = refusalAt(transcript, part, index + offset, step, outcome.ended);
    return { kind: 'limited', served, commands: index + offset + 1, refusal, transcript };
  }
  return { kind: 'served', transcript };
}

/** How the first step of its shape may be answered, to be taken for what is usual. */
const isUsual = ({ event, answered }: Gauge, step: Step, code: number): boolean =>
  step.kind === event ? answered(code) : code < 400;

function refusalAt(transcript: Transcript, part: Part, index: number, step: Step, ended: boolean): Refusal {
  const reply = repliesTo(transcript, part, index).at(-1);
  if (reply?.kind !== 'reply')
    return {
      step,
      code: undefined,
      text: hasEnded(transcript) ? 'the connection is closed' : 'no answer',
      ended,
    };
  const close = ended && reply.code !== 421 ? ', and the connection is closed' : '';
  return { step, code: reply.code, text: said(reply) + close, ended };
}

const hasEnded = ({ entries }: Transcript): boolean => entries.some(({ kind }) => kind === 'ended');

export const said = ({ code, enhanced, lines }: Reply): string =>
  [code, enhanced, lines.at(-1)].filter(part => part !== undefined).join(' ');

/** A step without its names: what is answered alike. */
const shape = (step: Step): string =>
  JSON.stringify(step, (key, value: unknown) => (['from', 'to', 'user'].includes(key) ? '' : value));
