/**
 * The baseline that people would write with fast-check alone: model-based testing with `fc.commands`.
 *
 * The same steps (from the same arbitraries), the same oracles, the same budget. Written as its documentation
 * teaches: a command class, and a model that says which commands make sense. In plaintext a command is tried where it
 * is in order, which favours deep sessions; in TLS every command is, since only one out of order shows a state that
 * was kept. A run without STARTTLS costs its connection all the same.
 */

import fc from 'fast-check';
import { CLAIMS } from '../../properties/index.ts';
import { Experiment } from '../../src/experiment.ts';
import { KINDS } from '../../src/generate/kinds.ts';
import { stepArbitraries } from '../../src/generate/steps.ts';
import { dirtArbitrary, failureArbitrary } from '../../src/generate/upgrades.ts';
import { AFTER_NAMES, BEFORE_NAMES } from '../../src/generate/words.ts';
import { phaseBehind } from '../../src/phase.ts';
import { type Probed, probe } from '../../src/probe.ts';
import type { Handshake, Scenario, Step, Upgrade } from '../../src/scenario.ts';
import { unsupportedKinds } from '../../src/search.ts';
import { MACHINE, type Phase } from '../../src/smtp/machine.ts';
import type { RunningTarget } from '../../src/targets/target.ts';
import { counting, type Searched, type SearchOptions } from './search.ts';

interface Model {
  phase: Phase;
  secure: boolean;
}

/** What the commands of one run come to. */
interface Recorded {
  readonly before: Step[];
  upgrade?: Upgrade;
  readonly after: Step[];
}

class Say implements fc.Command<Model, Recorded> {
  readonly #step: Step;
  readonly #secure: boolean;

  constructor(step: Step, secure: boolean) {
    this.#step = step;
    this.#secure = secure;
  }

  check({ phase, secure }: Readonly<Model>): boolean {
    return secure === this.#secure && (secure || isInOrder(phase, this.#step));
  }

  run(model: Model, recorded: Recorded): void {
    (this.#secure ? recorded.after : recorded.before).push(this.#step);
    model.phase = phaseBehind(model.phase, this.#step);
  }

  toString(): string {
    return JSON.stringify(this.#step);
  }
}

class StartTls implements fc.Command<Model, Recorded> {
  readonly #upgrade: Upgrade;

  constructor(upgrade: Upgrade) {
    this.#upgrade = upgrade;
  }

  check({ secure }: Readonly<Model>): boolean {
    return !secure;
  }

  run(model: Model, recorded: Recorded): void {
    recorded.upgrade = this.#upgrade;
    model.secure = true;
    model.phase = 'start';
  }

  toString(): string {
    return JSON.stringify(this.#upgrade);
  }
}

/** Lines that are no command are always worth a try. */
function isInOrder(phase: Phase, step: Step): boolean {
  if (step.kind === 'line' || step.kind === 'bytes' || step.kind === 'pause' || step.kind === 'close')
    return true;
  return (
    MACHINE[phase][step.kind === 'bdat' && step.last === true ? 'bdat-last' : step.kind].kind === 'in-order'
  );
}

const yes = fc.constant(true as const);

function upgradeArbitrary(): fc.Arbitrary<Upgrade> {
  const earlier = stepArbitraries({ names: ['e', 'f'] });
  const resumed = fc.array(fc.oneof(earlier.ehlo, earlier.mail, earlier.auth, earlier.rcpt), {
    maxLength: 4,
  });
  const sound = fc.record(
    {
      kind: fc.constant('sound' as const),
      version: fc.constantFrom('1.2' as const, '1.3' as const),
      sni: yes,
      certificate: yes,
      resumed,
    },
    { requiredKeys: ['kind', 'version'] },
  );
  const handshake: fc.Arbitrary<Handshake> = fc.oneof(
    { arbitrary: sound, weight: 9 },
    { arbitrary: failureArbitrary, weight: 1 },
  );
  return fc
    .tuple(dirtArbitrary([...BEFORE_NAMES, 'e']), handshake)
    .map(([dirt, handshake]) => ({ ...dirt, handshake }));
}

/** Without steps that the server cannot take, as for afresh. */
function commandsArbitrary(probed: Probed): fc.Arbitrary<Iterable<fc.Command<Model, Recorded>>> {
  const { mechanisms } = probed;
  const before = stepArbitraries({ names: BEFORE_NAMES, mechanisms });
  const after = stepArbitraries({ names: [...AFTER_NAMES, ...BEFORE_NAMES.slice(0, 1)], mechanisms });
  const without = unsupportedKinds(probed);
  const kinds = KINDS.filter(kind => !without.has(kind));
  return fc.commands<Model, Recorded>(
    [
      ...kinds.map(kind => before[kind].map(step => new Say(step, false))),
      ...[...kinds, 'starttls' as const].map(kind => after[kind].map(step => new Say(step, true))),
      // Among so many commands one STARTTLS would hardly ever be drawn.
      ...Array.from({ length: 4 }, () => upgradeArbitrary().map(upgrade => new StartTls(upgrade))),
    ],
    { maxCommands: 40, size: 'max' },
  );
}

/** Ends the run when the budget is used up; no failure of the server. */
class Spent extends Error {}

export async function searchByCommands(
  target: RunningTarget,
  { seed, budget }: SearchOptions,
): Promise<Searched> {
  const began = performance.now();
  let connections = 0;
  const driver = counting(target.driver, count => {
    connections = count;
  });
  const probed = await probe({ ...target, driver });
  const { baseline } = probed;
  if (baseline === undefined) return { kind: 'missed', connections };
  const experiment = new Experiment({ ...probed, baseline, claims: CLAIMS, jobs: 1 });
  const result = await fc.check(
    fc.asyncProperty(commandsArbitrary(probed), async commands => {
      if (connections >= budget) throw new Spent();
      const recorded: Recorded = { before: [], after: [] };
      fc.modelRun(() => ({ model: { phase: 'start' as Phase, secure: false }, real: recorded }), commands);
      if (recorded.upgrade === undefined) {
        await experiment.used(inPlaintext(recorded));
        return true;
      }
      return (await experiment.examine(scenarioOf(recorded))).deviations.length === 0;
    }),
    { seed, numRuns: budget, endOnFailure: true },
  );
  const found = result.failed && !(result.errorInstance instanceof Spent);
  return found
    ? { kind: 'found', connections, elapsed: performance.now() - began, claims: [] }
    : { kind: 'missed', connections };
}

/** All of it, and no STARTTLS. */
const inPlaintext = ({ before }: Recorded): Scenario => ({
  before: [...before, { kind: 'quit' }],
  upgrade: { handshake: { kind: 'failed', how: 'fin' } },
  after: [],
});

const scenarioOf = ({ before, upgrade, after }: Recorded): Scenario => ({
  before,
  upgrade: upgrade ?? { handshake: { kind: 'sound', version: '1.3' } },
  after,
});
