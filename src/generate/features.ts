/**
 * What a scenario has in it, as features, and which combinations of two and three of them have been played.
 *
 * Faults hide where features meet: a login and an odd spelling, a second message and a resumed session. Each feature by
 * itself is common; a pair is rare, and of several drafts the one with the rarest pairs is worth playing most. What makes
 * a handshake fail, or STARTTLS be refused, is no feature: it would be preferred, and there is nothing to see behind it.
 */

import { BODIES, type Glue, type Scenario, SPELLINGS, type Step, type StepKind } from '../scenario.ts';
import { PHASES } from '../smtp/machine.ts';
import { KINDS } from './kinds.ts';
import { phaseAfter } from './walk.ts';

/** A number for each feature, in an order that never depends on a run. */
const NUMBERS: ReadonlyMap<string, number> = new Map(
  [
    ...KINDS.flatMap(kind => [`before ${kind}`, `before ${kind} again`, `after begins with ${kind}`]),
    ...['right', 'wrong', 'cancelled', 'open'].map(answer => `before auth ${answer}`),
    ...PHASES.filter(phase => phase !== 'auth').map(phase => `STARTTLS in ${phase}`),
    ...BODIES.map(body => `before body ${body}`),
    ...SPELLINGS.map(spelling => `STARTTLS ${spelling}`),
    ...['lines', 'burst', 'bare LF', 'fragment'].map(how => `dirt ${how}`),
    ...['1.2', 'sni', 'certificate', 'resumed'].map(what => `TLS ${what}`),
    'before two messages',
    'after asks for a login',
    'after greets first',
    'after reuses a name',
  ].map((name, index) => [name, index]),
);

const SIZE = NUMBERS.size;
const BURST = 20;

/** The numbers of the features of a scenario, in ascending order. */
export function features(scenario: Scenario): readonly number[] {
  const names = [
    ...beforeFeatures(scenario.before),
    ...upgradeFeatures(scenario),
    ...afterFeatures(scenario),
  ];
  const numbers = new Set<number>();
  for (const name of names) {
    const number = NUMBERS.get(name);
    if (number !== undefined) numbers.add(number);
  }
  return [...numbers].sort((one, other) => one - other);
}

function beforeFeatures(before: readonly Step[]): readonly string[] {
  const names = [`STARTTLS in ${phaseAfter(before)}`];
  const seen = new Set<StepKind>();
  let messages = 0;
  for (const step of before) {
    names.push(seen.has(step.kind) ? `before ${step.kind} again` : `before ${step.kind}`);
    seen.add(step.kind);
    if (step.kind === 'auth') names.push(`before auth ${step.answer}`);
    if (step.kind === 'data' || step.kind === 'bdat') names.push(`before body ${step.body}`);
    if (step.kind === 'data' && ++messages === 2) names.push('before two messages');
  }
  return names;
}

function upgradeFeatures({ upgrade }: Scenario): readonly string[] {
  const { spelling, glued, handshake } = upgrade;
  const names = glued === undefined ? [] : glueFeatures(glued);
  if (spelling !== undefined) names.push(`STARTTLS ${spelling}`);
  if (handshake.kind === 'failed') return names;
  if (handshake.version === '1.2') names.push('TLS 1.2');
  for (const what of ['sni', 'certificate', 'resumed'] as const)
    if (handshake[what] !== undefined) names.push(`TLS ${what}`);
  return names;
}

function glueFeatures({ lines, times, ending, fragment }: Glue): string[] {
  const names: string[] = [];
  if (lines.length > 0) names.push(times > BURST ? 'dirt burst' : 'dirt lines');
  if (lines.length > 0 && ending === 'LF') names.push('dirt bare LF');
  if (fragment !== undefined) names.push('dirt fragment');
  return names;
}

function afterFeatures({ before, after }: Scenario): readonly string[] {
  const names: string[] = [];
  const [first] = after;
  if (first !== undefined) names.push(`after begins with ${first.kind}`);
  if (first?.kind === 'ehlo' || first?.kind === 'helo') names.push('after greets first');
  if (after.some(({ kind }) => kind === 'auth')) names.push('after asks for a login');
  const said = new Set(before.map(toOf));
  if (after.some(step => step.kind === 'rcpt' && said.has(step.to))) names.push('after reuses a name');
  return names;
}

const toOf = (step: Step): string | undefined => (step.kind === 'rcpt' ? step.to : undefined);

export interface Combinations {
  /** How rare the pairs of these features have been so far; higher is rarer. */
  rarity(features: readonly number[]): number;
  /** Takes note of a scenario that is played. */
  add(features: readonly number[]): void;
  /** Pairs and triples of features that have been played at least once. */
  counts(): { readonly pairs: number; readonly triples: number };
}

export function newCombinations(): Combinations {
  const played = new Uint16Array(SIZE * SIZE);
  const triplesPlayed = new Uint8Array(SIZE * SIZE * SIZE);
  let pairs = 0;
  let triples = 0;
  return {
    rarity(numbers) {
      let sum = 0;
      for (const [index, one] of numbers.entries())
        for (let at = index + 1; at < numbers.length; at++)
          sum += 1 / (1 + (played[one * SIZE + (numbers[at] as number)] as number));
      return numbers.length === 0 ? 0 : sum / numbers.length;
    },
    add(numbers) {
      for (let one = 0; one < numbers.length; one++) {
        for (let other = one + 1; other < numbers.length; other++) {
          const pair = (numbers[one] as number) * SIZE + (numbers[other] as number);
          const count = played[pair] as number;
          if (count === 0) pairs++;
          if (count < 0xffff) played[pair] = count + 1;
          for (let third = other + 1; third < numbers.length; third++) {
            const triple = pair * SIZE + (numbers[third] as number);
            if (triplesPlayed[triple] === 0) triples++;
            triplesPlayed[triple] = 1;
          }
        }
      }
    },
    counts: () => ({ pairs, triples }),
  };
}
