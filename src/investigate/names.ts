/** The names that steps say, wherever they stand in them: found, put in place of one another, and made plainer. Pure. */

import type { Scenario, Step } from '../scenario.ts';

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
export function namesIn(said: Scenario | readonly Step[]): readonly string[] {
  const names = new Set<string>();
  renamed(said, name => {
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

/** A name that was said before STARTTLS, in TLS another one: who reads a finding should see what has to be the same. */
export function otherNames(scenario: Scenario): readonly Scenario[] {
  const { before, after } = scenario;
  const again = saidAgain(before, after);
  const used = namesIn(scenario);
  const other = [...'pqrstuvwxyzabcdefghijklmno'].find(letter => !used.includes(letter));
  if (again.length === 0 || other === undefined) return [];
  return after.flatMap((step, at) =>
    namesIn([step])
      .filter(name => again.includes(name))
      .map(said => ({
        ...scenario,
        after: after.with(
          at,
          renamed(step, name => (name === said ? other : name)),
        ),
      })),
  );
}

/** Names in the order of their first use; other letters only where the scenario needs them to be equal or not. */
export function alphabetical(scenario: Scenario): readonly Scenario[] {
  const letters = new Map<string, string>();
  const ordered = renamed(scenario, name => {
    if (!letters.has(name)) letters.set(name, String.fromCharCode(97 + letters.size));
    return letters.get(name) ?? name;
  });
  return JSON.stringify(ordered) === JSON.stringify(scenario) || letters.size > 26 ? [] : [ordered];
}
