/**
 * What shows only now and then: bytes behind STARTTLS that race the handshake, or what a server does by and by. It is made
 * surer first, then smaller.
 *
 * A candidate counts as showing it when it does so more than once, so that what comes of it can be confirmed. Where fresh
 * connections disagree there is no race; that is ruled out before (`investigate.ts`).
 */

import type { Deviation } from '../claim.ts';
import type { Experiment } from '../experiment.ts';
import type { Glue, Scenario, Step, Upgrade } from '../scenario.ts';
import { standsFor } from './confirm.ts';
import { type Minimised, type MinimiseOptions, minimise } from './minimise.ts';

/** A scenario that shows its deviation in a share of its runs. */
export interface Race {
  readonly scenario: Scenario;
  readonly deviation: Deviation;
  readonly rate: number;
}

/** Looks at each of the surer forms; a share of them that is good enough to go on with at once. */
const LOOKS = 16;
const SURE = 0.5;
/** How often a candidate must show it, so that it can be confirmed; and how often it is to be expected in its looks. */
const SHOWN = 3;
const EXPECTED = 7;
const MOST_LOOKS = 48;

/** A race made small. The looks at one candidate are taken side by side: the busier a server is, the likelier it loses. */
export async function shortenRace(
  experiment: Experiment,
  { scenario, deviation, rate }: Race,
  options: MinimiseOptions,
): Promise<Minimised & { readonly deviation: Deviation }> {
  const looks = Math.min(MOST_LOOKS, Math.ceil(EXPECTED / rate));
  const interesting = (candidate: Scenario): Promise<boolean> =>
    isShownOften(experiment, candidate, deviation, looks, options);
  return { ...(await minimise(scenario, interesting, { ...options, jobs: 1, isRace: true })), deviation };
}

async function isShownOften(
  experiment: Experiment,
  candidate: Scenario,
  deviation: Deviation,
  looks: number,
  { jobs, expired }: MinimiseOptions,
): Promise<boolean> {
  let shown = 0;
  for (let left = looks; left > 0 && shown + left >= SHOWN && !expired(); left -= jobs) {
    shown += (await look(experiment, candidate, deviation, Math.min(left, jobs))).length;
    if (shown >= SHOWN) return true;
  }
  return false;
}

/** What some runs, side by side, show of the deviation. */
async function look(
  experiment: Experiment,
  scenario: Scenario,
  deviation: Deviation,
  looks: number,
): Promise<readonly Deviation[]> {
  const seen = await Promise.all(Array.from({ length: looks }, () => experiment.suspect(scenario)));
  return seen.flatMap(examination => standsFor(examination, deviation) ?? []);
}

/** The first form of a race that is sure enough, or the one in which it shows most often. */
export async function surest(
  experiment: Experiment,
  race: Race,
  { jobs, expired }: MinimiseOptions,
): Promise<Race> {
  let best = race;
  for (const scenario of surerForms(race)) {
    const shown: Deviation[] = [];
    let looks = 0;
    for (; looks < LOOKS && !expired(); looks += jobs)
      shown.push(...(await look(experiment, scenario, race.deviation, jobs)));
    const [deviation] = shown;
    if (deviation === undefined) continue;
    const surer = { scenario, deviation, rate: shown.length / looks };
    if (surer.rate >= best.rate) best = surer;
    if (surer.rate >= SURE) break;
  }
  return best;
}

/** By then, in milliseconds, a server has done what it had begun. */
const WAIT = 250;
/** Looks at a form in which it has to show each time. */
const CERTAIN_LOOKS = 3;

/**
 * What shows each time, once the client has waited in TLS: what brings it about was begun in plaintext, and is done then. It
 * may meet what has been said in TLS meanwhile, and undo that: then the wait is due just before it shows.
 */
export async function waitedFor(
  experiment: Experiment,
  { scenario, deviation: wanted }: Race,
): Promise<Race | undefined> {
  const pause: Step = { kind: 'pause', ms: WAIT };
  for (const at of new Set([0, Math.max(0, wanted.step)])) {
    const after = scenario.after.toSpliced(at, 0, pause);
    const waited = await certain(experiment, { ...scenario, after }, wanted);
    if (waited !== undefined) return waited;
  }
  return undefined;
}

/** What shows each time where the lines of a burst are said once: that is no race, and takes no thousands of them. */
export function saidOnce(
  experiment: Experiment,
  { scenario, deviation: wanted }: Race,
): Promise<Race | undefined> {
  const { glued, segment } = scenario.upgrade;
  const upgrade: Upgrade = {
    ...scenario.upgrade,
    ...(glued === undefined ? {} : { glued: { ...glued, times: 1 } }),
    ...(segment === undefined ? {} : { segment: { ...segment, times: 1 } }),
  };
  return certain(experiment, { ...scenario, upgrade }, wanted);
}

async function certain(
  experiment: Experiment,
  scenario: Scenario,
  wanted: Deviation,
): Promise<Race | undefined> {
  // One look tells of most that it is not so.
  const [deviation] = await look(experiment, scenario, wanted, 1);
  if (deviation === undefined) return undefined;
  const more = await look(experiment, scenario, wanted, CERTAIN_LOOKS - 1);
  return more.length === CERTAIN_LOOKS - 1 ? { scenario, deviation, rate: 1 } : undefined;
}

const BURST = 2_000;
const NOOP: Step = { kind: 'noop' };

/**
 * A longer burst, and a plainer one, leave a server more time to lose the race, as may a handshake of another version;
 * nothing said before can hide it.
 */
function surerForms({ scenario: { upgrade, after }, deviation }: Race): readonly Scenario[] {
  const bursts = (['glued', 'segment'] as const).flatMap(where => {
    const glue = upgrade[where];
    return glue === undefined || glue.lines.length === 0
      ? []
      : [burst(glue, [NOOP]), burst(glue, glue.lines)].map(longer => ({ ...upgrade, [where]: longer }));
  });
  const shown = after.slice(0, deviation.step + 1);
  return [...bursts, upgrade].flatMap(one =>
    otherVersions(one).flatMap(form =>
      (shown.length > 0 ? [[], shown] : [[]]).map(some => ({ before: [], upgrade: form, after: some })),
    ),
  );
}

function otherVersions(upgrade: Upgrade): readonly Upgrade[] {
  const { handshake } = upgrade;
  if (handshake.kind !== 'sound') return [upgrade];
  const version = handshake.version === '1.3' ? '1.2' : '1.3';
  return [upgrade, { ...upgrade, handshake: { ...handshake, version } }];
}

const burst = (glue: Glue, lines: readonly Step[]): Glue => ({
  ...glue,
  lines,
  times: Math.max(glue.times, Math.ceil(BURST / lines.length)),
});
