/**
 * The true minimum of a fault: breadth-first search in memory over the pair of machines, faulty and fresh.
 *
 * Scenarios are grown letter by letter in the order of their size, and judged by the claims themselves. Of several
 * that lead to equal states only the first is grown further; what a session merely counts is no part of its state.
 * Parameters such as the length of a burst are no steps, and stand apart.
 */

import { CLAIMS } from '../../properties/index.ts';
import { Experiment, type Seen } from '../../src/experiment.ts';
import { probe } from '../../src/probe.ts';
import { fullHandshake, type Scenario, type Step, size, type Upgrade } from '../../src/scenario.ts';
import { fieldsWithFate } from '../../src/smtp/fates.ts';
import { type Behaviour, SOUND } from '../../src/targets/reference/behaviour.ts';
import type { Variant } from '../../src/targets/reference/faults/fault.ts';
import { type Output, ReferenceServer } from '../../src/targets/reference/server.ts';
import { referenceInMemory } from '../../src/targets/reference/target.ts';
import { AFTER, BEFORE, DIRTS, HANDSHAKES } from './alphabet.ts';

export type Minimum =
  | { readonly kind: 'found'; readonly steps: number; readonly scenario: Scenario }
  /** The search was cut off; no scenario has fewer steps than this. */
  | { readonly kind: 'beyond'; readonly steps: number };

const MAX_STEPS = 12;
const CLEAN: Upgrade = { handshake: { kind: 'sound', version: '1.3' } };
const UPGRADES: readonly Upgrade[] = HANDSHAKES.flatMap(handshake =>
  DIRTS.map((dirt): Upgrade => ({ ...dirt, handshake })),
);

/** What is grown: `before` alone, or a scenario by its `after`. */
interface Node {
  readonly before: readonly Step[];
  readonly upgrade?: Upgrade;
  readonly after: readonly Step[];
}

/** Of at most `budget` scenarios. */
export async function minimum(variant: Variant, budget: number): Promise<Minimum> {
  const look = await newLook(variant);
  const layers = new Map<number, Node[]>([[0, [{ before: [], after: [] }]]]);
  const known = new Set<string>();
  let best: Extract<Minimum, { kind: 'found' }> | undefined;
  let examined = 0;
  for (let steps = 0; steps < MAX_STEPS; steps++) {
    for (const node of layers.get(steps) ?? []) {
      for (const grown of growths(node)) {
        // Whatever is grown from here on has one step more, at least.
        if (best !== undefined && best.steps <= steps + 1) return best;
        if (examined++ >= budget) return { kind: 'beyond', steps: steps + 1 };
        const { scenario, deviates, state } = await look(grown);
        const cost = grown.upgrade === undefined ? grown.before.length : size(scenario);
        if (deviates && (best === undefined || cost < best.steps))
          best = { kind: 'found', steps: cost, scenario };
        if (state === undefined || known.has(state)) continue;
        known.add(state);
        layers.set(cost, [...(layers.get(cost) ?? []), grown]);
      }
    }
  }
  return best ?? { kind: 'beyond', steps: MAX_STEPS };
}

function growths({ before, upgrade, after }: Node): readonly Node[] {
  if (upgrade !== undefined) return AFTER.map(step => ({ before, upgrade, after: [...after, step] }));
  return [
    ...UPGRADES.map(one => ({ before, upgrade: one, after })),
    ...BEFORE.map(step => ({ before: [...before, step], after })),
  ];
}

interface Look {
  readonly scenario: Scenario;
  readonly deviates: boolean;
  /** Equal for two nodes that lead to the same from here on; absent where nothing can follow. */
  readonly state: string | undefined;
}

/** Keeps the state that it was in before the last bytes came: those are the closing QUIT. */
class Watched extends ReferenceServer {
  settled = this.state;

  override receive(bytes: string): Output {
    this.settled = this.state;
    return super.receive(bytes);
  }
}

async function newLook(variant: Variant): Promise<(node: Node) => Promise<Look>> {
  let last: Watched | undefined;
  const target = referenceInMemory(variant.options, (options, now) => {
    last = new Watched(options, now);
    return last;
  });
  const probed = await probe(target);
  const { baseline } = probed;
  if (baseline === undefined) throw new Error(`${variant.name} takes no STARTTLS`);
  const experiment = new Experiment({ ...probed, baseline, claims: CLAIMS, jobs: 1 });
  const looksBack = isLookingBack(variant.options.behaviour ?? SOUND);
  const stateOf = ({ speech }: Seen, inTls: boolean): string => {
    const { session, beforeTls, progress } = (last as Watched).settled;
    const known = inTls ? [session, ...(looksBack ? [beforeTls, progress] : [])] : [beforeTls, progress];
    return JSON.stringify(known, withoutCounts).replaceAll(speech.nonce, '');
  };
  const freshRuns = new Map<string, { readonly seen: Seen; readonly state: string }>();
  const freshRun = async (scenario: Scenario): Promise<{ readonly seen: Seen; readonly state: string }> => {
    const key = JSON.stringify([scenario.after, fullHandshake(scenario.upgrade)]);
    const cached = freshRuns.get(key);
    if (cached !== undefined) return cached;
    const seen = await experiment.fresh(scenario);
    const made = { seen, state: stateOf(seen, true) };
    freshRuns.set(key, made);
    return made;
  };
  return async node => {
    const scenario = { ...node, upgrade: node.upgrade ?? CLEAN };
    const used = await experiment.used(scenario);
    if (node.upgrade === undefined) {
      const state = used.transcript.upgrade === 'lost' ? undefined : `plain ${stateOf(used, false)}`;
      return { scenario, deviates: false, state };
    }
    const state = stateOf(used, used.transcript.upgrade === 'secure');
    if (used.transcript.upgrade !== 'secure') {
      const { deviations } = experiment.judge(used, undefined);
      const goesOn = used.transcript.upgrade === 'failed';
      return { scenario, deviates: deviations.length > 0, state: goesOn ? `failed ${state}` : undefined };
    }
    const beside = await freshRun(scenario);
    const deviates = experiment.judge(used, beside.seen).deviations.length > 0;
    const isSame = state === beside.state && !looksBack;
    return { scenario, deviates, state: isSame ? undefined : `${state} beside ${beside.state}` };
  };
}

const COUNTS: ReadonlySet<string> = new Set([...fieldsWithFate('limit'), 'tls']);

/** Of a session, what decides: not what it counts, nor which TLS session it is. */
const withoutCounts = (key: string, value: unknown): unknown => (COUNTS.has(key) ? undefined : value);

/** Whether a behaviour knows in TLS what was before it, beyond the session that TLS starts with. */
const isLookingBack = (behaviour: Behaviour): boolean =>
  (['judge', 'relays', 'answer', 'offer', 'shown', 'readsInDialogue'] as const).some(
    point => behaviour[point] !== SOUND[point],
  );
