/**
 * Takes the password of the target out of what is reported: results are uploaded, mailed and published. Pure.
 *
 * It is known in three forms: as it is, in base64 (AUTH LOGIN), and within the response of AUTH PLAIN (RFC 4616). A
 * server may repeat any of them, and hand them to its hooks.
 */

export interface Login {
  readonly user: string;
  readonly password: string;
}

const MASK = '(password)';
/** A shorter text occurs by chance, and is no secret. */
const SHORTEST = 4;

/** The same data without the password in any of its strings. */
export function redacted<T>(value: T, { user, password }: Login): T {
  const base64 = (text: string): string => Buffer.from(text, 'latin1').toString('base64');
  const forms = [base64(`\0${user}\0${password}`), base64(password), password].filter(
    form => form.length >= SHORTEST,
  );
  if (forms.length === 0) return value;
  // All at once: the mask itself may hold a short password.
  const any = new RegExp(forms.map(literally).join('|'), 'g');
  return mapped(value, text => text.replace(any, MASK)) as T;
}

const literally = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');

function mapped(value: unknown, mask: (text: string) => string): unknown {
  if (typeof value === 'string') return mask(value);
  if (Array.isArray(value)) return value.map(part => mapped(part, mask));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, mapped(part, mask)]));
}
