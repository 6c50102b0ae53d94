/**
 * Takes the password of the target out of what is reported: results are uploaded, mailed and published. Pure.
 *
 * It is known in four forms: as it is, in base64 (AUTH LOGIN), within the response of AUTH PLAIN (RFC 4616), and in the
 * digest of CRAM-MD5 (RFC 2195), beside whose challenge a weak one can be guessed. A server may repeat any of them, and
 * hand them to its hooks.
 */

import type { MeasuredLimit } from '../limits/measured.ts';
import { answersOf, base64 } from '../smtp/sasl.ts';

export interface Login {
  readonly user: string;
  readonly password: string;
}

const MASK = '(password)';
/** A shorter text occurs by chance, and is no secret. */
const SHORTEST = 4;

/** The same data without the password in any of its strings. */
export function redacted<T>(value: T, { user, password }: Login): T {
  const forms = [...answersOf('PLAIN', user, password), base64(password), password].filter(
    form => form.length >= SHORTEST,
  );
  if (forms.length === 0) return value;
  // All at once: the mask itself may hold a short password.
  const any = new RegExp(forms.map(literally).join('|'), 'g');
  return mapped(value, text => text.replace(any, MASK).replace(BASE64, withoutDigestOf(user))) as T;
}

/** What was measured, without the password in what was said. */
export const redactedLimit = (limit: MeasuredLimit, login: Login): MeasuredLimit => ({
  ...limit,
  ...redacted(pick(limit, ['refusal', 'reason']), login),
  ...(limit.example === undefined
    ? {}
    : { example: { ...limit.example, ...redacted(pick(limit.example, ['summary', 'transcripts']), login) } }),
});

const pick = <T extends object, K extends keyof T>(value: T, keys: readonly K[]): Partial<Pick<T, K>> =>
  Object.fromEntries(keys.flatMap(key => (key in value ? [[key, value[key]]] : []))) as Partial<Pick<T, K>>;

/** As long as a digest is at least. */
const BASE64 = /[A-Za-z0-9+/]{43,}={0,2}/g;
const withoutDigestOf =
  (user: string) =>
  (word: string): string => {
    const said = Buffer.from(word, 'base64').toString('latin1');
    return said.startsWith(`${user} `) && /^[0-9a-f]{32}$/.test(said.slice(user.length + 1)) ? MASK : word;
  };

const literally = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');

function mapped(value: unknown, mask: (text: string) => string): unknown {
  if (typeof value === 'string') return mask(value);
  if (Array.isArray(value)) return value.map(part => mapped(part, mask));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, mapped(part, mask)]));
}
