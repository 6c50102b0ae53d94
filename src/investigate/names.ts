/** The names that steps say, wherever they stand in them: found, and put in place of one another. Pure. */

import type { Step } from '../scenario.ts';

const NAME_KEYS = new Set([
  'name',
  'auth',
  'from',
  'to',
  'envid',
  'orcpt',
  'token',
  'user',
  'value',
  'argument',
]);

/** The same, with other names. */
export const renamed = <T>(said: T, rename: (name: string) => string): T =>
  JSON.parse(
    JSON.stringify(said, (key, value: unknown) =>
      typeof value === 'string' && NAME_KEYS.has(key) ? rename(value) : value,
    ),
  ) as T;

/** Each name once. */
export function namesIn(steps: readonly Step[]): readonly string[] {
  const names = new Set<string>();
  renamed(steps, name => {
    names.add(name);
    return name;
  });
  return [...names];
}

/** The names that are said on both sides of STARTTLS. */
export const saidAgain = (before: readonly Step[], after: readonly Step[]): readonly string[] => {
  const again = new Set(namesIn(after));
  return namesIn(before).filter(name => again.has(name));
};
