/**
 * Deviation → what a script has to look for in its runs.
 *
 * A script sees what a client sees. What shows only in the state that an application is given, or in delivered mail,
 * is `nothing` to it: it then says so and judges nothing. Pure.
 */

import type { Deviation } from '../claim.ts';
import { PARTING } from '../smtp/reply.ts';
import type { PlayedRun } from './spelled.ts';

export type Look =
  /** Used and fresh run are answered differently at this step of `after`: with other codes, or in other words. */
  | { readonly for: 'difference'; readonly step: number; readonly in: 'codes' | 'words' }
  /**
   * A line of a reply of the used run matches: to a step of `after`, or to any; to the STARTTLS (`upgrade`); or in
   * plaintext behind the 220 (`clear`). `{nonce}` in the expression is what all tokens of the run begin with.
   */
  | {
      readonly for: 'reply';
      readonly part: 'after' | 'upgrade' | 'clear';
      readonly step?: number;
      readonly matches: string;
    }
  | { readonly for: 'nothing'; readonly why: string };

type Suspicion = Pick<Deviation, 'claim' | 'step' | 'used' | 'signature' | 'proof'>;

export function lookFor(deviation: Suspicion, used: PlayedRun): Look {
  return deviation.proof === 'pair' ? differing(deviation) : sighted(deviation, used);
}

/** The signature of a pair begins with verb and aspect, see `compare.ts`. */
function differing({ signature, step }: Suspicion): Look {
  switch (signature.split(' ')[1]) {
    case 'handler':
      return {
        for: 'nothing',
        why: 'it shows in the session that the application is given, not to a client',
      };
    case 'header':
    case 'body':
      return { for: 'nothing', why: 'it shows in the delivered message, not to a client' };
    case 'code':
    case 'count':
    case 'end':
      return { for: 'difference', step, in: 'codes' };
    default:
      return { for: 'difference', step, in: 'words' };
  }
}

/** What needs no fresh run. */
function sighted({ claim, signature, step, used }: Suspicion, run: PlayedRun): Look {
  if (claim === 'markers') return marked(signature, run);
  if (isPlaintextControlled({ claim, proof: 'sighting' })) return { for: 'difference', step, in: 'codes' };
  if (claim === 'capabilities-renewed')
    return { for: 'reply', part: 'after', step, matches: '^250[ -]STARTTLS\\b' };
  // Where TLS does not come about, a refusal is sound.
  if (/in plaintext/.test(used))
    return { for: 'reply', part: 'clear', matches: `^(?!${PARTING.join('|')})[2-5]\\d\\d([ -]|$)` };
  // Behind the closing QUIT: replies that answer nothing.
  if (step === run.after.length)
    return {
      for: 'reply',
      part: 'after',
      step,
      matches: `^(?!${signature.startsWith('model') ? '221|421|5' : '221|421'})`,
    };
  const code = /^[2-5]\d\d/.exec(used)?.[0];
  if (code === undefined) return { for: 'nothing', why: `it shows as ${used}` };
  return step < 0
    ? { for: 'reply', part: 'upgrade', matches: `^${code}` }
    : { for: 'reply', part: 'after', step, matches: `^${code}` };
}

/** Whether the fresh run it is compared with is one in plaintext (baseline *greeting*). */
export const isPlaintextControlled = ({ claim, proof }: Pick<Suspicion, 'claim' | 'proof'>): boolean =>
  claim === 'fresh-connection' && proof === 'sighting';

/** A token whose letter was said before TLS, and not again in it. */
function marked(signature: string, { before, upgrade, after }: PlayedRun): Look {
  if (!signature.startsWith('marker in the reply'))
    return { for: 'nothing', why: `it shows as a ${signature}, not to a client` };
  const again = new Set(letters(after));
  const early = [...new Set(letters([before, upgrade]))].filter(letter => !again.has(letter)).sort();
  return { for: 'reply', part: 'after', matches: `{nonce}[${early.join('')}]` };
}

const letters = (spelled: unknown): readonly string[] =>
  [...JSON.stringify(spelled).matchAll(/\{(?:\{|([a-z])\})/g)].flatMap(([, letter]) => letter ?? []);
