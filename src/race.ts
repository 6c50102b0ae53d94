/**
 * What shows only now and then: bytes behind STARTTLS that race the handshake. It is made surer first, then smaller.
 *
 * A candidate counts as showing it when it does so more than once, so that what comes of it can be confirmed. Where fresh
 * connections disagree there is no race; that is ruled out before (`investigate.ts`).
 */

import type { Deviation } from './claim.ts';
import { standsFor } from './confirm.ts';
import type { Experiment } from './experiment.ts';
import { type Minimised, type MinimiseOptions, minimise } from './minimise.ts';
import type { Glue, Scenario, Step } from './scenario.ts';

/** A scenario that shows its deviation in a share of its runs. */
export interface Race {
  readonly scenario: Scenario;
  readonly deviation: Deviation;
  readonly rate: number;
}

/** Looks at each of the surer forms; a share of them that is good enough to go on with at once. */
const LOOKS = 8;
const SURE = 0.75;
const MOST_LOOKS = 20;
/** Looks side by side; and how often a candidate must show it. */
const AT_ONCE = 4;
const SHOWN = 2;

export async function shortenRace(
  experiment: Experiment,
  race: Race,
  options: MinimiseOptions,
): Promise<Minimised & { readonly deviation: Deviation }> {
  const { scenario, deviation, rate } = await surest(experiment, race);
  // So many that less than one in thirty is missed.
  const looks = Math.min(MOST_LOOKS, Math.ceil(AT_ONCE / rate));
  const interesting = (candidate: Scenario): Promise<boolean> =>
    isShownOften(experiment, candidate, deviation, looks);
  return { ...(await minimise(scenario, interesting, options)), deviation };
}

async function isShownOften(
  experiment: Experiment,
  candidate: Scenario,
  deviation: Deviation,
  looks: number,
): Promise<boolean> {
  let shown = 0;
  for (let left = looks; left > 0 && shown + left >= SHOWN; left -= AT_ONCE) {
    shown += (await look(experiment, candidate, deviation, Math.min(left, AT_ONCE))).length;
    if (shown >= SHOWN) return true;
  }
  return false;
}

/** What a few runs, side by side, show of the deviation. */
async function look(
  experiment: Experiment,
  scenario: Scenario,
  deviation: Deviation,
  looks: number,
): Promise<readonly Deviation[]> {
  const seen = await Promise.all(Array.from({ length: looks }, () => experiment.suspect(scenario)));
  return seen.flatMap(examination => standsFor(examination, deviation) ?? []);
}

/** The first form that is sure enough, or the one in which it shows most often. */
async function surest(experiment: Experiment, race: Race): Promise<Race> {
  let best = race;
  for (const scenario of surerForms(race)) {
    const shown = await look(experiment, scenario, race.deviation, LOOKS);
    const [deviation] = shown;
    if (deviation === undefined) continue;
    const surer = { scenario, deviation, rate: shown.length / LOOKS };
    if (surer.rate >= SURE) return surer;
    if (surer.rate > best.rate) best = surer;
  }
  return best;
}

const BURST = 1_000;
const NOOP: Step = { kind: 'noop' };

/** A longer burst, and a plainer one, leave a server more time to lose the race; nothing said before can hide it. */
function surerForms({ scenario: { upgrade, after }, deviation }: Race): readonly Scenario[] {
  const bursts = (['glued', 'segment'] as const).flatMap(where => {
    const glue = upgrade[where];
    return glue === undefined || glue.lines.length === 0
      ? []
      : [burst(glue, [NOOP]), burst(glue, glue.lines)].map(longer => ({ ...upgrade, [where]: longer }));
  });
  const shown = after.slice(0, deviation.step + 1);
  return [...bursts, upgrade].flatMap(one =>
    (shown.length > 0 ? [[], shown] : [[]]).map(some => ({ before: [], upgrade: one, after: some })),
  );
}

const burst = (glue: Glue, lines: readonly Step[]): Glue => ({
  ...glue,
  lines,
  times: Math.max(glue.times, Math.ceil(BURST / lines.length)),
});
