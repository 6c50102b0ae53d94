/**
 * Scenarios, drawn by seed: walks in plaintext, upgrades of every form, suffixes from a growing pool.
 *
 * A *swarm* is what one slice of a run may use: a random subset of step kinds and one temper, since a fault that
 * needs three AUTHs in a row drowns where every kind is always in play. Scenarios that showed something new are
 * handed back by `keep` and varied. The sequence depends on the seed and on what was handed back, on nothing else.
 */

import fc from 'fast-check';
import type { HandshakeForm, Scenario, Step, StepKind } from '../scenario.ts';
import { type Mechanism, SAYING_PASSWORD } from '../smtp/sasl.ts';
import { type Suffix, suffixArbitrary } from './after.ts';
import { approach } from './approach.ts';
import { compose, type Draft, interrogated } from './draft.ts';
import { type Combinations, features, newCombinations } from './features.ts';
import { KINDS } from './kinds.ts';
import { newPassable } from './passable.ts';
import { fielded } from './steps.ts';
import { dirtArbitrary, failureArbitrary } from './upgrades.ts';
import { walk } from './walk.ts';
import { BEFORE_NAMES, type Parameter } from './words.ts';

export interface Generator {
  /** The next scenarios of the sequence. */
  next(count: number): readonly Scenario[];
  /** A scenario that showed something new: worth varying. */
  keep(scenario: Scenario): void;
  /** Whether STARTTLS passed in a scenario. */
  learn(scenario: Scenario, passed: boolean): void;
  /** Takes a suffix out of the pool, since nothing can be told behind it. */
  retire(after: Scenario['after']): void;
  /** Pairs and triples of features that the scenarios so far have. */
  combinations(): { readonly pairs: number; readonly triples: number };
}

export interface GeneratorOptions {
  readonly seed: number;
  /** Step kinds that the target cannot take: their bytes would only be misread. */
  readonly without?: ReadonlySet<StepKind>;
  /** What AUTH is tried with; the usual mechanisms unless said. */
  readonly mechanisms?: readonly Mechanism[];
  /** Parameters of extensions that the target does not offer: drawn seldom. */
  readonly unoffered?: ReadonlySet<Parameter>;
  /** What the target completes no handshake with: never drawn. */
  readonly declined?: ReadonlySet<HandshakeForm>;
  /** No swarms, no walks along the machine, no variation of what was new: what guidance is measured against. */
  readonly unguided?: boolean;
}

interface Swarm {
  readonly kinds: readonly StepKind[];
  readonly astray: number;
}

/** Out of a hundred scenarios: how many have a handshake that fails, or that resumes an earlier one. */
const FAILING = 4;
const RESUMED = 6;
/** Out of a hundred drafts, how many approach a chosen state, while the others walk. */
const APPROACHING = 60;
/** One new suffix for so many scenarios; each costs a fresh run, or two. */
const SCENARIOS_PER_SUFFIX = 12;
const MAX_KEPT = 512;
/** Suffixes in the pool; beyond that the oldest go, which were asked often enough. */
const MAX_POOL = 4_096;
/** Drafts made for each scenario; the one with the rarest combinations is played. */
const DRAFTS = 3;
/** Out of ten scenarios, how many are led to where STARTTLS passes. */
const LED = 9;

/** The kinds that a small swarm has at most, beside those below. */
const FEW = 3;
/** What a swarm never does without: nothing lies behind a session that is never greeted. */
const ALWAYS: readonly StepKind[] = ['ehlo', 'mail', 'rcpt'];

function swarmArbitrary(kinds: readonly StepKind[]): fc.Arbitrary<Swarm> {
  const everything: Swarm = { kinds, astray: 30 };
  const some = (maxLength: number): fc.Arbitrary<Swarm> =>
    fc.record({
      kinds: fc
        .subarray([...kinds], { minLength: 1, maxLength: Math.min(maxLength, kinds.length) })
        .map(chosen => [...new Set([...ALWAYS, ...chosen])]),
      astray: fc.constantFrom(5, 20, 40, 70),
    });
  return fc.oneof(
    { arbitrary: fc.constant(everything), weight: 1 },
    { arbitrary: some(FEW), weight: 2 },
    { arbitrary: some(kinds.length), weight: 2 },
  );
}

const dirt = dirtArbitrary([...BEFORE_NAMES, 'e']);
const earlier = walk({
  names: ['e', 'f'],
  kinds: ['ehlo', 'mail', 'auth', 'rcpt', 'noop'],
  maxLength: 4,
  astray: 10,
});
const handshake: fc.Arbitrary<Draft['handshake']> = fc.oneof(
  { arbitrary: fc.constant({}), weight: 100 - FAILING - RESUMED },
  { arbitrary: failureArbitrary, weight: FAILING },
  { arbitrary: earlier.map(resumed => ({ resumed })), weight: RESUMED },
);
const index = fc.noBias(fc.nat(0x7fff_ffff));
const percent = fc.noBias(fc.nat(99));

/** Without `approaching` all scenarios walk. */
function drafts(
  walking: fc.Arbitrary<readonly Step[]>,
  approaching: fc.Arbitrary<readonly Step[]> | undefined,
): fc.Arbitrary<Draft> {
  return fielded<Draft>({
    steps:
      approaching === undefined
        ? walking
        : fc.oneof(
            { arbitrary: walking, weight: 100 - APPROACHING },
            { arbitrary: approaching, weight: APPROACHING },
          ),
    dirt,
    handshake,
    suffix: index,
    kept: percent,
    cut: index,
    insert: index,
  });
}

export function newGenerator({
  seed,
  without = new Set(),
  mechanisms = SAYING_PASSWORD,
  unoffered = new Set(),
  declined = new Set(),
  unguided = false,
}: GeneratorOptions): Generator {
  const words = { names: BEFORE_NAMES, mechanisms, unoffered };
  const kinds = KINDS.filter(kind => !without.has(kind));
  const suffixes = suffixArbitrary(without, { mechanisms, unoffered }, declined);
  const swarms = swarmArbitrary(kinds);
  const approaching = unguided ? undefined : approach({ ...words, kinds });
  const pool: Suffix[] = [];
  const kept: Scenario[] = [];
  const combinations = newCombinations();
  const passable = newPassable();
  let slice = 0;
  const draw = <T>(arbitrary: fc.Arbitrary<T>, numRuns: number, salt: number): T[] =>
    fc.sample(arbitrary, { seed: mixed(seed, slice * 4 + salt), numRuns });

  const composed = (draft: Draft): Scenario => {
    if (unguided) return interrogated(draft, pool, []);
    const scenario = compose(draft, pool, kept);
    if (draft.insert % 10 >= LED) return scenario;
    return { ...scenario, before: passable.led(scenario.before) };
  };
  const drawScenarios = (swarm: Swarm, count: number): readonly Scenario[] => {
    const each = unguided ? 1 : DRAFTS;
    const walking = walk({ ...words, ...swarm, maxLength: 20 });
    const drawn = draw(drafts(walking, approaching), count * each, 2).map(composed);
    return Array.from({ length: count }, (_, index) => {
      const choices = drawn.slice(index * each, (index + 1) * each);
      const { scenario, found } = rarest(choices, combinations);
      combinations.add(found);
      return scenario;
    });
  };

  return {
    next(count) {
      const swarm = unguided ? { kinds, astray: 100 } : (draw(swarms, 1, 0)[0] as Swarm);
      pool.push(...draw(suffixes, Math.ceil(count / SCENARIOS_PER_SUFFIX), 1));
      if (pool.length > MAX_POOL) pool.splice(0, MAX_POOL / 4);
      const scenarios = drawScenarios(swarm, count);
      slice++;
      return scenarios;
    },
    learn({ before, upgrade }, passed) {
      // How it is spelled, and what is glued to it, may be what it was refused for.
      if (Object.keys(upgrade).length === 1) passable.learn(before, passed);
    },
    retire(after) {
      const at = pool.findIndex(suffix => suffix.after === after);
      if (at >= 0 && pool.length > 1) pool.splice(at, 1);
    },
    combinations: combinations.counts,
    keep(scenario) {
      kept.push(scenario);
      if (kept.length > MAX_KEPT) kept.splice(0, MAX_KEPT / 4);
    },
  };
}

/** Of several drafts the one whose pairs of features have been played least, and its features. */
function rarest(
  choices: readonly Scenario[],
  combinations: Combinations,
): { readonly scenario: Scenario; readonly found: readonly number[] } {
  const looked = choices.map(scenario => {
    const found = features(scenario);
    return { scenario, found, rarity: combinations.rarity(found) };
  });
  return looked.reduce((best, one) => (one.rarity > best.rarity ? one : best));
}

/** A seed for each draw, spread over 32 bits (the finaliser of MurmurHash3). */
function mixed(seed: number, salt: number): number {
  let hash = (seed ^ Math.imul(salt + 1, 0x9e37_79b1)) | 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85eb_ca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2_ae35);
  return hash ^ (hash >>> 16);
}
