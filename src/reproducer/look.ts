/**
 * Deviation → what a player has to look for in its two runs.
 *
 * A script sees what a client sees. What shows only in the state that an application is given, or in delivered mail,
 * is `unseen`: the script then says so and judges nothing. Pure.
 */

import type { Deviation } from '../claim.ts';
import type { PlayedRun } from './spelled.ts';

export type Look =
  /** Used and fresh run differ: in any reply code or in how they end, or in the text of one step. */
  | { readonly for: 'difference'; readonly in: 'codes' }
  | { readonly for: 'difference'; readonly in: 'enhanced' | 'list'; readonly step: number }
  /** One line of the reply; `varying` are the words in it that vary by themselves. */
  | {
      readonly for: 'difference';
      readonly in: 'text';
      readonly step: number;
      readonly line: number;
      readonly varying: readonly number[];
    }
  /**
   * The used run's reply to one step has a line that matches. With `plain`, the fresh run is that step alone, in
   * plaintext, and must be answered by this code.
   */
  | { readonly for: 'answer'; readonly step: number; readonly matches: string; readonly plain?: string }
  /** Behind QUIT come replies with other codes than `sound` ones. */
  | { readonly for: 'extra-replies'; readonly sound: string }
  /** A reply in plaintext behind the 220. */
  | { readonly for: 'plaintext-reply' }
  /** A token of these letters, which only plaintext held, in a reply in TLS. */
  | { readonly for: 'marker'; readonly letters: readonly string[] }
  | { readonly for: 'unseen'; readonly why: string };

type Suspicion = Pick<Deviation, 'step' | 'used' | 'fresh' | 'signature' | 'proof'>;

export function lookFor(deviation: Suspicion, used: PlayedRun): Look {
  return deviation.proof === 'pair' ? differing(deviation) : sighted(deviation, used);
}

/** The signature of a pair: `verb aspect place used/fresh`, see `compare.ts`. */
function differing({ signature, step, used, fresh }: Suspicion): Look {
  const [, aspect, place] = signature.split(' ');
  switch (aspect) {
    case 'enhanced':
    case 'list':
      return { for: 'difference', in: aspect, step };
    case 'text':
      return {
        for: 'difference',
        in: 'text',
        step,
        line: Number(place),
        varying: [...new Set([...varying(used), ...varying(fresh)])].sort((one, other) => one - other),
      };
    case 'handler':
      return { for: 'unseen', why: 'it shows in the session that the application is given' };
    case 'header':
    case 'body':
      return { for: 'unseen', why: 'it shows in the delivered message' };
    default:
      return { for: 'difference', in: 'codes' };
  }
}

/** Positions of the words that noise struck out. */
const varying = (text: string): readonly number[] =>
  text.split(' ').flatMap((word, index) => (word === '*' ? [index] : []));

/** The signatures of the claims in `properties/`, which need no fresh run. */
function sighted({ signature, step }: Suspicion, used: PlayedRun): Look {
  if (signature.startsWith('marker in the reply')) return { for: 'marker', letters: markers(used) };
  if (/^(?:plaintext after failed handshake|reply in plaintext)/.test(signature))
    return { for: 'plaintext-reply' };
  switch (signature) {
    case 'replies too many in TLS':
      return { for: 'extra-replies', sound: '221|421' };
    case 'model: there are more replies in TLS than commands':
      return { for: 'extra-replies', sound: '221|421|5..' };
    case 'starttls offered in TLS':
      return { for: 'answer', step, matches: '^250[ -]STARTTLS\\b' };
    case 'mail code 250/503':
      return { for: 'answer', step, matches: '^250', plain: '503' };
    case 'model: STARTTLS is accepted in TLS':
    case 'model: STARTTLS is accepted with a parameter':
      return { for: 'answer', step, matches: '^220' };
    default:
      return { for: 'unseen', why: `it shows as "${signature}"` };
  }
}

/** The letters whose tokens were said before TLS, and not again in it. */
function markers({ before, upgrade, after }: PlayedRun): readonly string[] {
  const again = new Set(letters(after));
  return [...new Set(letters([before, upgrade]))].filter(letter => !again.has(letter)).sort();
}

const letters = (spelled: unknown): readonly string[] =>
  [...JSON.stringify(spelled).matchAll(/\{(?:\{|([a-z])\})/g)].flatMap(([, letter]) => letter ?? []);
