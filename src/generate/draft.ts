/**
 * One draft → a scenario: its steps, or those of a scenario that was kept, in front of a suffix of the pool.
 *
 * Pure: whatever is left to chance stands in the draft.
 */

import {
  type Handshake,
  isStarttlsPiped,
  type Scenario,
  type SoundHandshake,
  type Step,
  type Upgrade,
} from '../scenario.ts';
import { type Suffix, settled } from './after.ts';

/** The random choices of one scenario; `compose` makes the scenario of them. */
export interface Draft {
  readonly steps: readonly Step[];
  readonly dirt: Omit<Upgrade, 'handshake'>;
  /** In what the handshake departs from the suffix's own: it fails, or resumes a session. */
  readonly handshake: Extract<Handshake, { kind: 'failed' }> | Pick<SoundHandshake, 'resumed'>;
  readonly suffix: number;
  readonly kept: number;
  readonly cut: number;
  readonly insert: number;
}

/** Out of a hundred scenarios, how many vary one that was kept. */
const VARIED = 25;
const MAX_BEFORE = 24;

/** Out of so many scenarios, in one is said again in TLS what was said before it. */
const REPEATED = 16;
/** What is said again at most: a server that counts is met often enough. */
const MOST_REPEATED = 12;

/** The same session once more, as a client has it that begins anew in TLS: with the same names, in the same order. */
const saidAgain = (before: readonly Step[]): readonly Step[] =>
  before
    .filter(({ kind }) => kind !== 'starttls')
    .slice(0, MOST_REPEATED)
    .map(settled);

export function compose(draft: Draft, pool: readonly Suffix[], kept: readonly Scenario[]): Scenario {
  const scenario = interrogated(draft, pool, kept);
  // Told by digits that nothing else is told by.
  const isRepeated = (draft.suffix >>> 16) % REPEATED === 0;
  return isRepeated && scenario.before.length > 1
    ? { ...scenario, after: saidAgain(scenario.before) }
    : waited(scenario, draft);
}

const WAIT: Step = { kind: 'pause', ms: 250 };

/** A login that STARTTLS did not wait for is given the time to be done in TLS, every other time. */
function waited(scenario: Scenario, { cut }: Draft): Scenario {
  const isUnawaited = isStarttlsPiped(scenario) && isLogin(scenario.before.at(-1));
  return isUnawaited && (cut >>> 26) % 2 === 0 ? { ...scenario, after: [WAIT, ...scenario.after] } : scenario;
}

/** The steps of the draft, or of a kept scenario varied by it, before a suffix of the pool. */
export function interrogated(draft: Draft, pool: readonly Suffix[], kept: readonly Scenario[]): Scenario {
  // The youngest suffixes are asked as often as all the others together.
  const young = draft.suffix % 2 === 0 ? Math.min(pool.length, 16) : pool.length;
  const { after, handshake } = pool[pool.length - 1 - ((draft.suffix >>> 1) % young)] as Suffix;
  const model = draft.kept < VARIED && kept.length > 0 ? kept[draft.cut % kept.length] : undefined;
  const before = model === undefined ? draft.steps.slice(0, MAX_BEFORE) : spliced(model.before, draft);
  if ('kind' in draft.handshake)
    return { before, upgrade: { ...draft.dirt, handshake: draft.handshake }, after };
  const varied = model !== undefined && draft.insert % 3 === 0;
  const dirt = varied ? withoutHandshake(model.upgrade) : { ...draft.dirt, ...pipedOrNot(draft) };
  return {
    before: dirt.piped === undefined ? before : endingInOneLine(before, draft),
    upgrade: { ...dirt, handshake: { ...handshake, ...draft.handshake } },
    after,
  };
}

/** Of so many scenarios, in how many STARTTLS goes in the segment of what is said before it. */
const PIPED = 12;
/** Told by digits that nothing else is told by. */
const pipedOrNot = ({ cut, dirt }: Draft): Pick<Upgrade, 'piped'> =>
  dirt.split === undefined && (cut >>> 20) % PIPED === 0 ? { piped: true } : {};

/**
 * Where STARTTLS comes in its segment, an AUTH takes one line. What checks a password takes longest of all, and is so
 * often what comes last.
 */
function endingInOneLine(before: readonly Step[], { cut }: Draft): readonly Step[] {
  const login = before.findLastIndex(isLogin);
  const ending = login >= 0 && (cut >>> 25) % 2 === 0 ? before.slice(0, login + 1) : before;
  const last = ending.at(-1);
  if (last?.kind !== 'auth' || !isLogin(last)) return ending;
  return ending.with(-1, { ...last, mechanism: 'PLAIN', initial: true });
}

const isLogin = (step: Step | undefined): boolean =>
  step?.kind === 'auth' && (step.answer === 'right' || step.answer === 'wrong');

/** The kept steps with a few of the draft's put in, and a few taken out. */
function spliced(model: readonly Step[], { steps, cut, insert }: Draft): readonly Step[] {
  const at = model.length === 0 ? 0 : (cut >>> 4) % (model.length + 1);
  const gone = insert % 3;
  const added = steps.slice(0, (insert >>> 2) % 4);
  return [...model.slice(0, at), ...added, ...model.slice(at + gone)].slice(0, MAX_BEFORE);
}

function withoutHandshake({ handshake: _, ...dirt }: Upgrade): Omit<Upgrade, 'handshake'> {
  return dirt;
}
