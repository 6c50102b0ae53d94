/**
 * What a scenario has in it, as features, and which combinations of two and three of them have been played.
 *
 * Faults hide where features meet: a login and an odd spelling, a second message and a resumed session. Each feature by
 * itself is common; a pair is rare, and of several drafts the one with the rarest pairs is worth playing most. What makes
 * a handshake fail, or STARTTLS be refused, is no feature: it would be preferred, and there is nothing to see behind it.
 */

import { phaseAfter } from '../phase.ts';
import {
  BODIES,
  type Glue,
  type Scenario,
  SPELLINGS,
  type Step,
  type StepKind,
  type Upgrade,
} from '../scenario.ts';
import { PHASES } from '../smtp/machine.ts';
import { KINDS } from './kinds.ts';
import { PARAMETERS } from './words.ts';

let numbered = 0;
/** Numbers for a group of features, in an order that never depends on a run. */
const group = <T extends string>(...members: readonly T[]): ReadonlyMap<string, number> =>
  new Map(members.map(member => [member, numbered++]));

const SAID = group(...KINDS);
const SAID_AGAIN = group(...KINDS);
const ASKED_FIRST = group(...KINDS);
const LOGIN = group('right', 'wrong', 'cancelled', 'open', 'named');
const STARTTLS_IN = group(...PHASES.filter(phase => phase !== 'auth'));
const BODY = group(...BODIES);
const BODY_IN_TLS = group(...BODIES);
/** What MAIL and RCPT may say beside an address. */
const PARAMETER = group(...Object.keys(PARAMETERS));
const STARTTLS_SPELLED = group(...SPELLINGS);
const GLUED = group('lines', 'burst', 'bare LF', 'fragment');
const TLS = group('1.2', 'sni', 'certificate', 'resumed');
const OTHER = group('two messages', 'asks for a login', 'greets first', 'reuses a name', 'a local sender');

const SIZE = numbered;
const BURST = 20;

type Found = Set<number>;

/** A feature that is found; what bears no number is none. */
function note(found: Found, features: ReadonlyMap<string, number>, member: string): void {
  const number = features.get(member);
  if (number !== undefined) found.add(number);
}

/** The numbers of the features of a scenario, in ascending order. */
export function features(scenario: Scenario): readonly number[] {
  const found: Found = new Set();
  noteBefore(found, scenario.before);
  noteUpgrade(found, scenario.upgrade);
  noteAfter(found, scenario);
  return [...found].sort((one, other) => one - other);
}

function noteBefore(found: Found, before: readonly Step[]): void {
  note(found, STARTTLS_IN, phaseAfter(before));
  const seen = new Set<StepKind>();
  let messages = 0;
  for (const step of before) {
    note(found, seen.has(step.kind) ? SAID_AGAIN : SAID, step.kind);
    seen.add(step.kind);
    if (step.kind === 'auth') note(found, LOGIN, isNamed(step) ? 'named' : step.answer);
    if (step.kind === 'mail' || step.kind === 'rcpt')
      for (const key of Object.keys(step)) note(found, PARAMETER, key);
    if (step.kind === 'mail' && step.local === true) note(found, OTHER, 'a local sender');
    if (step.kind === 'data' || step.kind === 'bdat') note(found, BODY, step.body);
    if (step.kind === 'data' && ++messages === 2) note(found, OTHER, 'two messages');
  }
}

/** Left by who has said who it is. */
const isNamed = ({ answer, mechanism, named, initial }: Extract<Step, { kind: 'auth' }>): boolean =>
  (answer === 'cancelled' || answer === 'open') && mechanism === 'LOGIN' && (named ?? initial) === true;

function noteUpgrade(found: Found, { spelling, glued, handshake }: Upgrade): void {
  if (glued !== undefined) noteGlue(found, glued);
  if (spelling !== undefined) note(found, STARTTLS_SPELLED, spelling);
  if (handshake.kind === 'failed') return;
  note(found, TLS, handshake.version);
  for (const what of ['sni', 'certificate', 'resumed'] as const)
    if (handshake[what] !== undefined) note(found, TLS, what);
}

function noteGlue(found: Found, { lines, times, ending, fragment }: Glue): void {
  if (lines.length > 0) note(found, GLUED, times > BURST ? 'burst' : 'lines');
  if (lines.length > 0 && ending === 'LF') note(found, GLUED, 'bare LF');
  if (fragment !== undefined) note(found, GLUED, 'fragment');
}

function noteAfter(found: Found, { before, after }: Scenario): void {
  const [first] = after;
  if (first !== undefined) note(found, ASKED_FIRST, first.kind);
  if (first?.kind === 'ehlo' || first?.kind === 'helo') note(found, OTHER, 'greets first');
  if (after.some(({ kind }) => kind === 'auth')) note(found, OTHER, 'asks for a login');
  for (const step of after) if (step.kind === 'data') note(found, BODY_IN_TLS, step.body);
  const said = new Set(before.map(toOf));
  if (after.some(step => step.kind === 'rcpt' && said.has(step.to))) note(found, OTHER, 'reuses a name');
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
      for (let one = 0; one < numbers.length; one++)
        for (let other = one + 1; other < numbers.length; other++)
          sum += 1 / (1 + (played[(numbers[one] as number) * SIZE + (numbers[other] as number)] as number));
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
