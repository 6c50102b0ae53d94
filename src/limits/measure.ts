/**
 * Which limits a server has, how high they are, and what STARTTLS makes of them.
 *
 * Thresholds by bisection over fresh connections, in plaintext and in TLS. Then the experiment: so many events in
 * plaintext and so many in TLS that either number alone is served, and both together are too many.
 */

import type { Scenario, Step } from '../scenario.ts';
import type { Transcript } from '../transcript.ts';
import type { Gauge } from './gauges.ts';
import { inPlaintext, inTls, type Refusal, Stopped, type Trial, type Trials, usedScenario } from './trial.ts';

export type Threshold =
  /** Events served on one connection; the next one is refused. */
  | { readonly kind: 'limit'; readonly served: number; readonly commands: number; readonly refusal: Refusal }
  | { readonly kind: 'none' }
  | { readonly kind: 'unknown'; readonly reason: string };

/**
 * `kept`: what was counted in plaintext counts in TLS. `restarted`: counting begins anew at STARTTLS. `forgotten`:
 * nothing is counted in TLS any more. `sometimes`: kept in some tries only.
 */
export type AtStarttls = 'kept' | 'restarted' | 'forgotten' | 'sometimes';

export interface Retention {
  readonly atStarttls: AtStarttls;
  /** Events in plaintext and in TLS with which it was tried; how often it was kept, of how many tries. */
  readonly before: number;
  readonly after: number;
  readonly scenario: Scenario;
  readonly kept: number;
  readonly tries: number;
  /** `used` has both, `fresh` those in TLS alone, `transplanted` all of them in TLS. */
  readonly runs: { readonly used: Transcript; readonly fresh: Transcript; readonly transplanted: Transcript };
}

export interface Measurement {
  readonly gauge: Gauge;
  readonly plaintext: Threshold;
  readonly tls: Threshold;
  readonly retention?: Retention;
  /** Why there is no retention to tell of. */
  readonly reason?: string;
  /** It was broken off. */
  readonly stopped?: true;
  /** A new connection was refused its first event after it was served that before: counted across connections. */
  readonly across?: Refusal;
}

const unknown = (reason: string): Threshold => ({ kind: 'unknown', reason });

export async function measure(trials: Trials, gauge: Gauge, tries: number): Promise<Measurement> {
  let plaintext = unknown('not measured');
  let tls = unknown('not measured');
  try {
    tls = await threshold(gauge, count => inTls(trials, gauge, 0, count));
    plaintext = await threshold(gauge, count => inPlaintext(trials, gauge, count));
    const across = await refusedAtOnce(trials, gauge, tls);
    if (across !== undefined)
      return { gauge, plaintext, tls, across, reason: 'it counts across connections' };
    const retained = await retention(trials, gauge, plaintext, tls, tries);
    return {
      gauge,
      plaintext,
      tls,
      ...(typeof retained === 'string' ? { reason: retained } : { retention: retained }),
    };
  } catch (error) {
    if (error instanceof Stopped) return { gauge, plaintext, tls, reason: error.message, stopped: true };
    throw error;
  }
}

/** How many events one connection is served, by bisection. */
export async function threshold(gauge: Gauge, trial: (count: number) => Promise<Trial>): Promise<Threshold> {
  const one = await trial(1);
  if (one.kind === 'unusable') return unknown(one.reason);
  if (one.kind === 'limited') return unknown(`${verb(one.refusal.step)} is answered: ${one.refusal.text}`);
  const all = await trial(gauge.most);
  if (all.kind === 'served') return { kind: 'none' };
  if (all.kind === 'unusable') return unknown(all.reason);
  return bisected(trial, 1, all);
}

/** Between so many events, which are served, and `most`, which are refused; where a trial stopped is tried first. */
async function bisected(
  trial: (count: number) => Promise<Trial>,
  served: number,
  refused: Extract<Trial, { kind: 'limited' }>,
  most: number = refused.served + 1,
  guess: number = most - 1,
): Promise<Threshold> {
  if (most - served <= 1)
    return { kind: 'limit', served, commands: refused.commands, refusal: refused.refusal };
  const tried = await trial(guess);
  if (tried.kind === 'unusable') return unknown(tried.reason);
  const [low, high] = tried.kind === 'served' ? [guess, most] : [served, guess];
  return bisected(trial, low, tried.kind === 'served' ? refused : tried, high, (low + high) >> 1);
}

async function refusedAtOnce(trials: Trials, gauge: Gauge, tls: Threshold): Promise<Refusal | undefined> {
  if (tls.kind !== 'limit') return undefined;
  const again = await inTls(trials, gauge, 0, 1);
  return again.kind === 'limited' ? again.refusal : undefined;
}

/** What STARTTLS makes of the count; a reason where that cannot be told. */
async function retention(
  trials: Trials,
  gauge: Gauge,
  plaintext: Threshold,
  tls: Threshold,
  tries: number,
): Promise<Retention | string> {
  if (gauge.limit === 'transaction-recipients') return 'ends with the transaction';
  if (tls.kind === 'unknown') return `in TLS: ${tls.reason}`;
  if (plaintext.kind === 'unknown') return `in plaintext: ${plaintext.reason}`;
  const most = servedBy(tls) ?? servedBy(plaintext);
  if (most === undefined) return 'there is no limit';
  const first = Math.max(1, Math.floor(0.75 * Math.min(most, servedBy(plaintext) ?? most)));
  for (let before = first; before > 0; before >>= 1) {
    // Either number alone is served; both together are too many.
    const after = most - (before >> 1);
    const play = (): Promise<Trial> => inTls(trials, gauge, before, after);
    const used = await play();
    if (used.kind === 'unusable') continue;
    const all: Trial[] = [used];
    while (all.length < tries) all.push(await play());
    return judged(trials, gauge, tls, { before, after, used: all });
  }
  return 'STARTTLS is not taken behind such events';
}

/** Events of a kind that were served before the limit; undefined where there is none. */
export const servedBy = (threshold: Threshold): number | undefined =>
  threshold.kind === 'limit' ? threshold.served : undefined;

async function judged(
  trials: Trials,
  gauge: Gauge,
  tls: Threshold,
  {
    before,
    after,
    used,
  }: { readonly before: number; readonly after: number; readonly used: readonly Trial[] },
): Promise<Retention> {
  const kept = used.filter(({ kind }) => kind === 'limited').length;
  const alone = await inTls(trials, gauge, 0, after);
  const together = await inTls(trials, gauge, 0, before + after);
  const shown = used.find(({ kind }) => (kind === 'limited') === kept > 0) ?? alone;
  const result = {
    before,
    after,
    scenario: usedScenario(trials, gauge, before, after),
    kept,
    tries: used.length,
    runs: { used: shown.transcript, fresh: alone.transcript, transplanted: together.transcript },
  };
  if (kept > 0) return { ...result, atStarttls: kept === used.length ? 'kept' : 'sometimes' };
  const beyond = tls.kind === 'limit' ? await inTls(trials, gauge, before, tls.served + 1) : undefined;
  return { ...result, atStarttls: beyond?.kind === 'limited' ? 'restarted' : 'forgotten' };
}

const verb = ({ kind }: Step): string => (kind === 'line' ? 'such a line' : kind.toUpperCase());
