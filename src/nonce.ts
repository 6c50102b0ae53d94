/** The random part that all tokens of one run share: what was said before TLS is recognised by it behind TLS. */

import { randomUUID } from 'node:crypto';

/** Thirteen characters that occur in no text by chance, lower case since servers may fold it. */
export const newNonce = (): string => `z${randomUUID().replaceAll('-', '').slice(0, 12)}`;

/** What a nonce looks like, as the source of a regular expression. */
export const NONCE = 'z[0-9a-f]{12}';

/** In which a token may come back, and what a word of each looks like that is long enough to hold one. */
const CODES = [
  { word: /[A-Za-z0-9+/]{12,}={0,2}/g, code: 'base64', skips: [0, 1, 2, 3] },
  // Ids are often made of what is known.
  { word: /[0-9A-Fa-f]{28,}/g, code: 'hex', skips: [0, 1] },
] as const;

/** A text, and behind it in clear what in it is base64 or hexadecimal, wherever in a word that begins. */
function inClear(text: string): string {
  const decoded = CODES.flatMap(({ word, code, skips }) =>
    (text.match(word) ?? []).flatMap(one =>
      skips.map(skipped => Buffer.from(one.slice(skipped), code).toString('latin1')),
    ),
  );
  return [text, ...decoded].join(' ');
}

/** Of these letters the first whose token a text holds, in any case, in clear, in base64 or in hexadecimal. */
export function tokenIn(text: string, nonce: string, letters: readonly string[]): string | undefined {
  const all = inClear(text).toLowerCase();
  return all.includes(nonce) ? letters.find(letter => all.includes(nonce + letter)) : undefined;
}
