/**
 * Answers that come later the more errors there were: from which error on, and what STARTTLS makes of that.
 *
 * Measured like any other limit, with a slow answer in place of a refusal.
 */

import type { Part, Transcript } from '../transcript.ts';
import { GAUGES, type Gauge } from './gauges.ts';
import type { AtStarttls, Measurement, Threshold } from './measure.ts';
import { inPlaintext, inTls, Stopped, type Trial, type Trials, usedScenario } from './trial.ts';

/** Milliseconds from which an answer to a malformed command counts as held back. */
const SLOW = 200;
/** Errors made on one connection, in the first try and in the last; a server that delays is not asked for more. */
const ERRORS = [8, 16] as const;
/** Slow answers in a row that make a delay of it. */
const IN_A_ROW = 2;

const errors = GAUGES.find(({ limit }) => limit === 'errors') as Gauge;
export const DELAYS: Gauge = {
  ...errors,
  limit: 'delays',
  counts: 'errors before answers come late',
  most: 16,
};

/** `mostErrors` is how many the server takes on one connection before it ends it. */
export async function measureDelays(trials: Trials, mostErrors: number, tries: number): Promise<Measurement> {
  try {
    return await measured(trials, mostErrors, tries);
  } catch (error) {
    if (!(error instanceof Stopped)) throw error;
    const stopped: Threshold = { kind: 'unknown', reason: error.message };
    return { gauge: DELAYS, plaintext: stopped, tls: stopped, reason: error.message, stopped: true };
  }
}

async function measured(trials: Trials, mostErrors: number, tries: number): Promise<Measurement> {
  const tls = await onset(mostErrors, 'after', trials.lead.length, count => inTls(trials, DELAYS, 0, count));
  const plaintext = await onset(mostErrors, 'before', 1, count => inPlaintext(trials, DELAYS, count));
  const served =
    tls.kind === 'limit' ? tls.served : plaintext.kind === 'limit' ? plaintext.served : undefined;
  if (served === undefined) {
    const reason = tls.kind === 'unknown' ? tls.reason : 'there is no limit';
    return { gauge: DELAYS, plaintext, tls, reason };
  }
  const before = Math.min(served + IN_A_ROW, mostErrors - IN_A_ROW);
  const used: Trial[] = [];
  while (used.length < tries) used.push(await inTls(trials, DELAYS, before, IN_A_ROW));
  const kept = used.filter(trial => isLateFromTheFirst(trial.transcript, trials.lead.length)).length;
  const alone = await inTls(trials, DELAYS, 0, IN_A_ROW);
  const together = await inTls(trials, DELAYS, 0, before + IN_A_ROW);
  const shown =
    used.find(trial => isLateFromTheFirst(trial.transcript, trials.lead.length) === kept > 0) ?? alone;
  return {
    gauge: DELAYS,
    plaintext,
    tls,
    retention: {
      atStarttls: await fate(trials, served, before, kept, tries),
      before,
      after: IN_A_ROW,
      scenario: usedScenario(trials, DELAYS, before, IN_A_ROW),
      kept,
      tries,
      runs: { used: shown.transcript, fresh: alone.transcript, transplanted: together.transcript },
    },
  };
}

async function fate(
  trials: Trials,
  served: number,
  before: number,
  kept: number,
  tries: number,
): Promise<AtStarttls> {
  if (kept > 0) return kept === tries ? 'kept' : 'sometimes';
  const longer = await inTls(trials, DELAYS, before, served + IN_A_ROW);
  return lateFrom(latencies(longer.transcript, 'after', trials.lead.length)) === undefined
    ? 'forgotten'
    : 'restarted';
}

/** The errors that are answered at once; the next one, and all that follow, are not. */
async function onset(
  mostErrors: number,
  part: Part,
  offset: number,
  trial: (count: number) => Promise<Trial>,
): Promise<Threshold> {
  for (const count of ERRORS) {
    const tried = await trial(Math.min(count, mostErrors));
    if (tried.kind === 'unusable') return { kind: 'unknown', reason: tried.reason };
    const all = latencies(tried.transcript, part, offset);
    const first = lateFrom(all);
    if (first === 0) return { kind: 'unknown', reason: `every error takes ${Math.round(all[0] ?? 0)} ms` };
    if (first === undefined) continue;
    const [step] = DELAYS.steps(1);
    const text = `answered after ${all
      .slice(first, first + 3)
      .map(Math.round)
      .join(', ')} ms`;
    if (step !== undefined)
      return {
        kind: 'limit',
        served: first,
        commands: first + 2,
        refusal: { step, code: undefined, text, ended: false },
      };
  }
  return { kind: 'none' };
}

/** The first of the answers from which on all come late. */
function lateFrom(all: readonly number[]): number | undefined {
  const inTime = all.findLastIndex(latency => latency < SLOW);
  return all.length - 1 - inTime >= IN_A_ROW ? inTime + 1 : undefined;
}

const isLateFromTheFirst = (transcript: Transcript, offset: number): boolean =>
  lateFrom(latencies(transcript, 'after', offset)) === 0;

/** Milliseconds that each answer to an event took; `offset` steps come before the events. */
export function latencies({ entries }: Transcript, part: Part, offset: number): readonly number[] {
  const taken: number[] = [];
  let sentAt: number | undefined;
  for (const { part: where, step, kind, at } of entries) {
    if (where !== part || step < offset) continue;
    if (kind === 'sent') sentAt = at;
    if (kind === 'received' && sentAt !== undefined) {
      taken.push(at - sentAt);
      // Its further replies are no answers of their own.
      sentAt = undefined;
    }
  }
  // The closing QUIT of a plaintext trial is no event.
  return part === 'before' ? taken.slice(0, -1) : taken;
}
