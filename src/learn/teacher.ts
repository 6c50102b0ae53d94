/**
 * Words put to a target: each on a connection of its own, in words of its own. The one place of learning that does I/O.
 *
 * It knows which STARTTLS are refused, since only its answer tells where TLS begins; of machines it knows nothing.
 */

import { newNonce } from '../nonce.ts';
import type { Runner } from '../runner.ts';
import type { Speech } from '../spell.ts';
import { isTurnedAway, repliesTo, surplusReplies, type Transcript } from '../transcript.ts';
import { ENDED, isOver, played, putOut, SILENT } from './alphabet.ts';
import { Ended } from './ended.ts';
import type { Teacher } from './learner.ts';
import type { Output, Word } from './mealy.ts';

/** Further tries of a word behind which the target was silent. */
const MORE_TRIES = 2;

/** Words of which all that is known of them takes a few hundred MiB. */
const MOST_WORDS = 500_000;

export interface TargetTeacher extends Teacher {
  readonly words: number;
  readonly connections: number;
}

/** What work comes to; nothing as soon as it is too late for it, and where it is so already it is not begun. */
export type InTime = <T>(work: () => Promise<T>) => Promise<T | undefined>;

export function newTeacher(
  runner: Runner,
  speech: Omit<Speech, 'nonce'>,
  inTime: InTime,
  most = MOST_WORDS,
): TargetTeacher {
  const counts = { words: 0, connections: 0 };
  /** Words that end in a STARTTLS which is refused, or behind an end, joined by blanks. */
  const refused = new Set<string>();
  const ended = new Set<string>();
  const kept = newPool();
  const refusedIn = (word: Word): ReadonlySet<number> =>
    new Set(word.flatMap((_, index) => (refused.has(prefix(word, index)) ? [index] : [])));

  async function answer(word: Word): Promise<readonly Output[]> {
    const play = played(word, refusedIn(word));
    const transcript = await inTime(() => runner.run(play.scenario, { ...speech, nonce: newNonce() }));
    if (transcript === undefined) throw new Ended({ kind: 'time' });
    counts.connections += transcript.connections;
    if (isTurnedAway(transcript)) throw new Ended({ kind: 'gone' });
    if (isOutOfStep(transcript)) throw new Ended({ kind: 'out of step', word });
    const outputs = putOut(play, transcript);
    if (outputs.length === word.length) return outputs;
    // TLS was refused there: the rest of the word is said in plaintext.
    refused.add(prefix(word, outputs.length - 1));
    return answer(word);
  }

  return {
    get words() {
      return counts.words;
    },
    get connections() {
      return counts.connections;
    },
    async answer(word) {
      const over = word.findIndex((_, index) => ended.has(prefix(word, index)));
      // Behind the end nothing is put out, and nobody need be asked.
      const asked = over < 0 ? word : word.slice(0, over + 1);
      if (counts.words >= most) throw new Ended({ kind: 'full', words: most });
      counts.words++;
      const outputs = (await patiently(() => answer(asked))).map(kept);
      const end = outputs.findIndex(isOver);
      if (end >= 0) ended.add(prefix(word, end));
      return [...outputs, ...word.slice(asked.length).map(() => ENDED)];
    },
  };
}

/** A server may be busy: that it is silent is an answer only where it is so again and again. */
async function patiently(answer: () => Promise<readonly Output[]>): Promise<readonly Output[]> {
  for (let tries = 0; ; tries++) {
    const outputs = await answer();
    if (tries === MORE_TRIES || !outputs.some(output => output.endsWith(SILENT))) return outputs;
  }
}

/** Gives back equal outputs as one, however often they are put out: a list may be long. */
function newPool(): (output: Output) => Output {
  const known = new Map<Output, Output>();
  return output => {
    const one = known.get(output) ?? output;
    known.set(one, one);
    return one;
  };
}

/**
 * Whether a reply is one too many: behind the last step, where QUIT has one, or where STARTTLS is neither taken nor refused,
 * but answered by what was said to a command before it.
 */
function isOutOfStep(transcript: Transcript): boolean {
  const [answer] = repliesTo(transcript, 'upgrade', 0);
  const isAnothers = answer?.kind === 'reply' && answer.code < 400 && answer.code !== 220;
  return isAnothers || surplusReplies(transcript) > 0;
}

const prefix = (word: Word, last: number): string => word.slice(0, last + 1).join(' ');
