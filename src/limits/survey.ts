/**
 * All limits of a target: measured one after the other, told apart, and compared with what the server announces.
 */

import PQueue from 'p-queue';
import { type Probed, whyUntested } from '../probe.ts';
import type { Step } from '../scenario.ts';
import type { RunningTarget } from '../targets/target.ts';
import { repliesTo, type Transcript } from '../transcript.ts';
import { DELAYS, measureDelays } from './delays.ts';
import { sayingAgain } from './events.ts';
import { GAUGES, type Gauge, timeGauge } from './gauges.ts';
import { type Measurement, measure, servedBy, type Threshold } from './measure.ts';
import type { MeasuredLimit, ThreeRuns } from './measured.ts';
import { NEVER_A_LIMIT } from './recogniser.ts';
import { inTls, Stopped, type Trials } from './trial.ts';

/** A limit that EHLO announces (RFC 9422), beside what the server does. */
export interface Announced {
  readonly keyword: string;
  readonly announced: number;
  /** In words: as announced, fewer, or more. */
  readonly measured: string;
}

export interface Survey {
  readonly limits: readonly MeasuredLimit[];
  readonly announced: readonly Announced[];
  /** Commands sent, of how many that were allowed, and the connections they took. */
  readonly commands: { readonly sent: number; readonly most: number; readonly connections: number };
  /** A limit across connections that was met: what connections were turned away with. */
  readonly turnedAway?: string;
}

export interface SurveyOptions {
  /** Commands that may be sent at most. */
  readonly commands: number;
  /** Times that the experiment with STARTTLS is made for each limit. */
  readonly tries: number;
  /** Milliseconds that a session is really waited for; without it, only a virtual clock is. */
  readonly sessionWait?: number;
  readonly only?: readonly string[];
  readonly onLimit?: (limit: MeasuredLimit) => void;
  readonly signal?: AbortSignal;
}

/** Milliseconds of a virtual clock that a session is let to last. */
const VIRTUAL_WAIT = 3_600_000;

export async function survey(target: RunningTarget, probed: Probed, options: SurveyOptions): Promise<Survey> {
  const unlogged = trialsOf(probed, options.commands, options.signal);
  const trials = await unlessStopped(loggedIn(target, unlogged), unlogged);
  const announced = await unlessStopped(announcements(trials), new Map());
  const measured: Measurement[] = [];
  for (const gauge of gaugesFor(target, options)) {
    const one =
      gauge === DELAYS
        ? await measureDelays(trials, mostErrors(measured), options.tries)
        : await measure(trials, gauge, options.tries);
    measured.push(one);
    options.onLimit?.(reported(one, measured));
  }
  const limits = measured.map(one => reported(one, measured));
  return {
    limits,
    announced: compared(announced, limits),
    commands: { sent: trials.sent, most: trials.most, connections: trials.connections },
    ...(trials.turnedAway === undefined ? {} : { turnedAway: trials.turnedAway }),
  };
}

/** Events of each kind that a generated scenario may hold, some to spare. Slow servers hold back failed logins. */
const ROUGHLY = 48;
const ROUGHLY_LOGINS = 4;

/**
 * A first look: limits that a scenario of the search could meet, one connection for each, `jobs` at once. Those that are
 * not known when `wait` milliseconds have passed are not told.
 */
export async function roughly(
  target: RunningTarget,
  probed: Probed,
  jobs: number,
  wait: number,
): Promise<readonly MeasuredLimit[]> {
  const unlogged = trialsOf(probed, Number.POSITIVE_INFINITY, AbortSignal.timeout(Math.ceil(wait)));
  const trials = await unlessStopped(loggedIn(target, unlogged), unlogged);
  const measured: Measurement[] = [];
  const slots = new PQueue({ concurrency: jobs });
  const all = GAUGES.map(async gauge => {
    const count = gauge.limit === 'failed-logins' ? ROUGHLY_LOGINS : ROUGHLY;
    const one = await slots.add(() => firstLook(trials, { ...gauge, most: count }));
    if (one !== undefined) measured.push(one);
  });
  await Promise.race([Promise.all(all), new Promise(resolve => setTimeout(resolve, wait).unref())]);
  const known = GAUGES.flatMap(({ counts }) => measured.find(one => one.gauge.counts === counts) ?? []);
  return known.map(one => reported(one, known)).filter(({ threshold }) => threshold !== undefined);
}

/** What is asked before anything is measured; that it could not be told is told by the measurements. */
async function unlessStopped<T>(asked: Promise<T>, otherwise: T): Promise<T> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof Stopped) return otherwise;
    throw error;
  }
}

async function firstLook(trials: Trials, gauge: Gauge): Promise<Measurement | undefined> {
  const plaintext: Threshold = { kind: 'unknown', reason: 'not measured' };
  const trial = await unlessStopped(inTls(trials, gauge, 0, gauge.most), undefined);
  if (trial?.kind !== 'limited' || trial.served === 0) return undefined;
  const { served, commands, refusal } = trial;
  // What speaks of state or syntax is no limit to stay below: behind it there is something to be found.
  if (!refusal.ended && NEVER_A_LIMIT.has(refusal.code)) return undefined;
  if (served === 1 && (await knowsFirst(trials, gauge))) return undefined;
  return { gauge, plaintext, tls: { kind: 'limit', served, commands, refusal }, reason: 'not measured' };
}

/** Whether the first event may come again with the same names, and only with them: then it is known, and not counted. */
async function knowsFirst(trials: Trials, gauge: Gauge): Promise<boolean> {
  const first = gauge.steps(1);
  const steps = (count: number): readonly Step[] => sayingAgain(gauge.steps(count), first);
  const trial = await unlessStopped(inTls(trials, { ...gauge, steps }, 0, 2), undefined);
  return trial?.kind === 'served';
}

/** Where MAIL is refused with 530 (RFC 4954, section 6) and a login is known, it comes first. */
async function loggedIn({ login }: RunningTarget, trials: Trials): Promise<Trials> {
  const gauge = GAUGES.find(({ limit }) => limit === 'transactions');
  if (login === undefined || gauge === undefined) return trials;
  const trial = await inTls(trials, gauge, 0, 1);
  if (trial.kind !== 'limited' || trial.refusal.code !== 530) return trials;
  const auth = { kind: 'auth', mechanism: 'PLAIN', answer: 'right', user: 'u', initial: true } as const;
  return { ...trials, lead: [trials.hello, auth] };
}

function trialsOf(probed: Probed, most: number, signal: AbortSignal | undefined): Trials {
  const { baseline } = probed;
  if (baseline === undefined) throw new Stopped(whyUntested(probed));
  const hello = { kind: 'ehlo', name: 'n' } as const;
  return {
    probed,
    baseline,
    hello,
    lead: [hello],
    most,
    sent: 0,
    connections: 0,
    ...(signal === undefined ? {} : { signal }),
  };
}

function gaugesFor({ driver }: RunningTarget, { sessionWait, only }: SurveyOptions): readonly Gauge[] {
  const wait = sessionWait ?? (driver.pause === undefined ? undefined : VIRTUAL_WAIT);
  const all = [...GAUGES, DELAYS, ...(wait === undefined ? [] : [timeGauge(wait / 1_000)])];
  return only === undefined ? all : all.filter(({ limit }) => only.includes(limit));
}

/** Errors that one connection takes, as far as is known. */
function mostErrors(measured: readonly Measurement[]): number {
  const served = measured.flatMap(({ tls }) => (tls.kind === 'limit' ? [tls.served] : []));
  return Math.min(...served, DELAYS.most);
}

/** One measurement as it is told. What another limit did in its course is no limit of its own. */
function reported(one: Measurement, all: readonly Measurement[]): MeasuredLimit {
  const { gauge, plaintext, tls, retention, across } = one;
  const { limit, counts, unit = 1 } = gauge;
  const served = servedBy(tls) ?? servedBy(plaintext);
  const common = { limit, counts, explained: 0, ...(one.stopped === true ? { stopped: true as const } : {}) };
  if (served === undefined || across !== undefined) {
    const reason = one.reason ?? (tls.kind === 'unknown' ? tls.reason : undefined);
    return tls.kind === 'none'
      ? { ...common, kept: 'none', none: gauge.most * unit }
      : { ...common, kept: 'unknown', ...(reason === undefined ? {} : { reason }) };
  }
  const refusal = passedIn(one)?.refusal;
  const general = within(one, all);
  const plain = servedBy(plaintext);
  const measures = {
    ...common,
    threshold: served * unit,
    ...(plain === undefined ? {} : { plaintext: plain * unit }),
    ...(refusal === undefined ? {} : { refusal: refusal.text }),
    ...(general === undefined ? {} : { within: general }),
  };
  if (retention === undefined)
    return { ...measures, kept: 'unknown', ...(one.reason === undefined ? {} : { reason: one.reason }) };
  const { atStarttls, kept, tries } = retention;
  return {
    ...measures,
    kept: atStarttls === 'kept' ? 'kept' : 'forgotten',
    atStarttls,
    tried: `${kept}/${tries}`,
    example: example(gauge, retention),
  };
}

/** Commands before TLS on the emptiest connection, EHLO and STARTTLS: a limit that is kept sometimes may count them. */
const BEFORE_TLS = 2;

/**
 * The limit that these events met before any of their own: the refusal came in the very words of a more general limit,
 * or to the RSET that only restores the session. It needs no more of these events than of any others.
 */
function within(one: Measurement, all: readonly Measurement[]): string | undefined {
  const passed = passedIn(one);
  if (passed === undefined) return undefined;
  const general = all.slice(0, all.indexOf(one)).find(other => {
    const earlier = passedIn(other);
    if (earlier === undefined || !saysSame(earlier, passed)) return false;
    const chance = other.retention?.atStarttls === 'sometimes' ? BEFORE_TLS : 0;
    if (passed.commands + chance < earlier.commands) return false;
    // A connection that ends without a word may have been ended for any reason but the number of commands.
    return passed.refusal.code !== undefined || other.gauge.limit === 'commands';
  });
  if (general !== undefined) return general.gauge.limit;
  return passed.refusal.step.kind === 'rset' ? 'RSET' : undefined;
}

/** The limit in TLS, or where there is none, in plaintext. */
function passedIn({ tls, plaintext }: Measurement): Limit | undefined {
  if (tls.kind === 'limit') return tls;
  return plaintext.kind === 'limit' ? plaintext : undefined;
}

type Limit = Extract<Threshold, { kind: 'limit' }>;

const saysSame = ({ refusal: one }: Limit, { refusal: other }: Limit): boolean =>
  one.code === other.code && one.text === other.text;

function example(
  gauge: Gauge,
  { before, after, scenario, atStarttls, runs }: NonNullable<Measurement['retention']>,
): ThreeRuns {
  const summary = `${before} in plaintext and ${after} in TLS: ${atStarttls}; ${before + after} in TLS are too many`;
  return {
    summary,
    scenario,
    at: lastAnswered(runs.used),
    lead: gauge.steps(before).length,
    transcripts: runs,
  };
}

/** The step of `after` that the last answer came to. */
function lastAnswered({ entries }: Transcript): number {
  const last = entries.findLast(({ part, kind }) => part === 'after' && kind === 'received');
  return last?.step ?? 0;
}

/** The parameters of LIMITS in the list that EHLO gives in TLS. */
async function announcements(trials: Trials): Promise<ReadonlyMap<string, number>> {
  const [noop] = GAUGES;
  const found = new Map<string, number>();
  if (noop === undefined) return found;
  const { transcript } = await inTls(trials, noop, 0, 1);
  const [list] = repliesTo(transcript, 'after', 0);
  const line = list?.kind === 'reply' ? list.lines.find(text => /^LIMITS\b/i.test(text)) : undefined;
  for (const [, keyword = '', value] of (line ?? '').matchAll(/([A-Z]+)=(\d+)/gi))
    found.set(keyword.toUpperCase(), Number(value));
  return found;
}

/** The limits of RFC 9422 that can be measured here. */
const KEYWORDS: Readonly<Record<string, MeasuredLimit['limit']>> = {
  MAILMAX: 'transactions',
  RCPTMAX: 'transaction-recipients',
};

function compared(
  announced: ReadonlyMap<string, number>,
  limits: readonly MeasuredLimit[],
): readonly Announced[] {
  return [...announced].map(([keyword, value]) => {
    const row = limits.find(({ limit }) => limit === KEYWORDS[keyword]);
    return { keyword, announced: value, measured: compare(value, row) };
  });
}

function compare(announced: number, row: MeasuredLimit | undefined): string {
  if (row === undefined) return 'not measured';
  if (row.threshold === announced) return 'as announced';
  if (row.threshold !== undefined)
    return row.threshold < announced ? `fewer: ${row.threshold}` : `more: ${row.threshold}`;
  if (row.none === undefined) return row.reason ?? 'not measured';
  return row.none > announced ? `more: at least ${row.none}` : `not looked so far: at least ${row.none}`;
}
