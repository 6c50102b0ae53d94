/**
 * Makes a failing scenario as small as it goes, without losing the effect that it shows.
 *
 * Delta debugging over steps first, then over the upgrade, its lines and its burst; `plainer.ts` says how the arguments
 * of a step may be fewer. A candidate counts only if it shows the *same* deviation. Candidates are tried
 * side by side and the first in order wins, so that the result does not depend on timing.
 */

import {
  omit,
  type Pass as PassOver,
  type ReduceOptions,
  reduce,
  type StillShows,
  without,
  withoutPairs,
} from '../reduce.ts';
import { BARE, type Glue, isBare, type Scenario, type Step, type Upgrade } from '../scenario.ts';
import { alphabetical, otherNames } from './names.ts';
import { otherwise, plainer } from './plainer.ts';

/** Whether a candidate still shows the effect. */
export type Interesting = StillShows<Scenario>;
export interface MinimiseOptions extends ReduceOptions {
  /** It shows by chance: a burst that is made shorter again and again shows it ever more rarely, and is so made once. */
  readonly isRace?: true;
}

export interface Minimised {
  readonly scenario: Scenario;
  readonly minimal: boolean;
}

type Pass = PassOver<Scenario>;

export async function minimise(
  scenario: Scenario,
  judge: Interesting,
  options: MinimiseOptions,
): Promise<Minimised> {
  const interesting = remembered(judge);
  let best = await withoutSpareSteps(scenario, interesting, options);
  for (;;) {
    const { value, minimal } = await reduce(best, PASSES, interesting, options);
    best = minimal ? await smallestBurst(value, interesting, options) : value;
    if (!minimal || best === value || options.isRace === true)
      return { scenario: best, minimal: minimal && !options.expired() };
  }
}

/** As few steps as it takes, said as they were, behind the same upgrade. */
export async function fewestSteps(
  scenario: Scenario,
  judge: Interesting,
  options: ReduceOptions,
): Promise<Scenario> {
  const interesting = remembered(judge);
  const few = await withoutSpareSteps(scenario, interesting, options);
  return (await reduce(few, [fewerSteps], interesting, options)).value;
}

/** No candidate is tried twice: passes propose what others have proposed before. */
export function remembered<T>(ask: (candidate: Scenario) => Promise<T>): typeof ask {
  const known = new Map<string, Promise<T>>();
  return candidate => {
    const key = JSON.stringify(candidate);
    const answer = known.get(key) ?? ask(candidate);
    known.set(key, answer);
    return answer;
  };
}

/**
 * The quick way down: every step that can be missed by itself is left out, all at once if that works. It repeats
 * until no step can be missed.
 */
async function withoutSpareSteps(
  scenario: Scenario,
  interesting: Interesting,
  options: Pick<ReduceOptions, 'expired'>,
): Promise<Scenario> {
  const steps = scenario.before.length + scenario.after.length;
  const lacking = (missing: ReadonlySet<number>): Scenario => ({
    ...scenario,
    before: scenario.before.filter((_, at) => !missing.has(at)),
    after: scenario.after.filter((_, at) => !missing.has(scenario.before.length + at)),
  });
  if (options.expired()) return scenario;
  const shown = await Promise.all(
    Array.from({ length: steps }, (_, at) => interesting(lacking(new Set([at])))),
  );
  const spare = [...shown.keys()].filter(at => shown[at]);
  if (spare.length < 2) return scenario;
  const smaller = lacking(new Set(spare));
  return (await interesting(smaller)) ? withoutSpareSteps(smaller, interesting, options) : scenario;
}

const fewerSteps: Pass = scenario => [
  ...without(scenario.after).map(after => ({ ...scenario, after })),
  ...without(scenario.before).map(before => ({ ...scenario, before })),
];

const MAX_FOR_PAIRS = 7;

const fewerPairs: Pass = scenario => [
  ...(scenario.before.length <= MAX_FOR_PAIRS
    ? withoutPairs(scenario.before).map(before => ({ ...scenario, before }))
    : []),
  ...(scenario.after.length <= MAX_FOR_PAIRS
    ? withoutPairs(scenario.after).map(after => ({ ...scenario, after }))
    : []),
  // One of each side: a question may only make sense behind what it asks about.
  ...scenario.before.flatMap((_, one) =>
    scenario.after.map((__, other) => ({
      ...scenario,
      before: scenario.before.filter((___, at) => at !== one),
      after: scenario.after.filter((___, at) => at !== other),
    })),
  ),
];

/** A step left out, and another one said otherwise: a refusal may stand for what two steps came to. */
const fewerOtherwise: Pass = scenario => [
  ...withOneOtherwise(scenario.before).map(before => ({ ...scenario, before })),
  ...withOneOtherwise(scenario.after).map(after => ({ ...scenario, after })),
];

function withOneOtherwise(steps: readonly Step[]): readonly (readonly Step[])[] {
  if (steps.length > MAX_FOR_PAIRS) return [];
  return steps.flatMap((step, at) =>
    otherwise(step).flatMap(other =>
      steps.flatMap((_, missing) => (missing === at ? [] : [steps.with(at, other).toSpliced(missing, 1)])),
    ),
  );
}

/** Of what matters only by how often it is said, all that may be is said before STARTTLS: that is what outlives it. */
const saidBefore: Pass = ({ before, upgrade, after }) =>
  after
    .slice(0, -1)
    .map((step, at) => ({ before: [...before, step], upgrade, after: after.toSpliced(at, 1) }));

const cleanerUpgrade: Pass = ({ before, upgrade, after }) => {
  const simpler: Upgrade[] = [];
  if (!isBare(upgrade)) simpler.push(BARE);
  for (const key of ['glued', 'segment', 'eager', 'piped', 'split', 'argument', 'spelling'] as const) {
    if (upgrade[key] !== undefined) simpler.push(omit(upgrade, key));
  }
  const { handshake } = upgrade;
  if (handshake.kind === 'sound') {
    if (handshake.resumed !== undefined) {
      simpler.push({ ...upgrade, handshake: omit(handshake, 'resumed') });
      for (const resumed of without(handshake.resumed))
        simpler.push({ ...upgrade, handshake: { ...handshake, resumed } });
    }
    for (const key of ['sni', 'certificate'] as const) {
      if (handshake[key] !== undefined) simpler.push({ ...upgrade, handshake: omit(handshake, key) });
    }
    if (handshake.version !== '1.3')
      simpler.push({ ...upgrade, handshake: { ...handshake, version: '1.3' } });
  }
  return simpler.map(upgrade => ({ before, upgrade, after }));
};

const GLUED = ['glued', 'segment'] as const;

const lessGlue: Pass = scenario =>
  GLUED.flatMap(where => {
    const glue = scenario.upgrade[where];
    return glue === undefined
      ? []
      : smallerGlue(glue).map(smaller => ({
          ...scenario,
          upgrade: { ...scenario.upgrade, [where]: smaller },
        }));
  });

function smallerGlue(glue: Glue): readonly Glue[] {
  const smaller: Glue[] = [];
  if (glue.times > 1) smaller.push({ ...glue, times: 1 });
  if (glue.fragment !== undefined && glue.lines.length > 0)
    smaller.push(omit(glue, 'fragment'), { ...glue, lines: [], times: 1 });
  for (const lines of without(glue.lines)) if (lines.length > 0) smaller.push({ ...glue, lines });
  if (glue.ending === 'LF') smaller.push({ ...glue, ending: 'CRLF' });
  for (const [at, line] of glue.lines.entries()) {
    for (const simpler of plainerLine(line)) smaller.push({ ...glue, lines: glue.lines.with(at, simpler) });
  }
  if (glue.fragment !== undefined)
    for (const simpler of plainer(glue.fragment)) smaller.push({ ...glue, fragment: simpler });
  return smaller;
}

/** Behind STARTTLS a QUIT is a line like any other; and one that the closing QUIT hides. */
const plainerLine = (line: Step): readonly Step[] =>
  line.kind === 'quit' ? [{ kind: 'noop' }] : plainer(line);

const simplerWords: Pass = scenario => [
  ...scenario.after.flatMap((step, at) =>
    plainer(step).map(simpler => ({ ...scenario, after: scenario.after.with(at, simpler) })),
  ),
  ...scenario.before.flatMap((step, at) =>
    plainer(step).map(simpler => ({ ...scenario, before: scenario.before.with(at, simpler) })),
  ),
];

/** What is said alike on both sides of STARTTLS, said more simply on both: a server may know it again by all its words. */
const simplerAlike: Pass = ({ before, upgrade, after }) => {
  const later = new Set(after.map(step => JSON.stringify(step)));
  const earlier = new Map(before.map(step => [JSON.stringify(step), step]));
  const alike = [...earlier].filter(([said]) => later.has(said));
  return alike.flatMap(([said, step]) => {
    const saying = (steps: readonly Step[], simpler: Step): readonly Step[] =>
      steps.map(step => (JSON.stringify(step) === said ? simpler : step));
    return plainer(step).map(simpler => ({
      before: saying(before, simpler),
      upgrade,
      after: saying(after, simpler),
    }));
  });
};

/** Where there is no TLS, any command that is answered shows what NOOP does; STARTTLS has no part in it. */
const plainlyInTheClear: Pass = scenario =>
  scenario.upgrade.handshake.kind === 'sound'
    ? []
    : scenario.after.flatMap(({ kind }, at) =>
        kind === 'noop' ? [] : [{ ...scenario, after: scenario.after.with(at, { kind: 'noop' }) }],
      );

const PASSES: readonly Pass[] = [
  fewerSteps,
  cleanerUpgrade,
  lessGlue,
  fewerPairs,
  fewerOtherwise,
  saidBefore,
  simplerWords,
  simplerAlike,
  otherNames,
  plainlyInTheClear,
  alphabetical,
];

/** The lowest `times` that still shows the effect, by bisection; a burst is no matter of steps. */
async function smallestBurst(
  scenario: Scenario,
  interesting: Interesting,
  { expired }: MinimiseOptions,
): Promise<Scenario> {
  let best = scenario;
  for (const where of GLUED) {
    const glue = best.upgrade[where];
    if (glue === undefined) continue;
    const burst = (times: number): Scenario => ({
      ...best,
      upgrade: { ...best.upgrade, [where]: { ...glue, times } },
    });
    let low = 0;
    let high = glue.times;
    while (high - low > 1 && !expired()) {
      const middle = (low + high) >> 1;
      if (await interesting(burst(middle))) high = middle;
      else low = middle;
    }
    if (high < glue.times) best = burst(high);
  }
  return best;
}
