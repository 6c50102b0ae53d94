/**
 * What may outlive STARTTLS: a rule for each limit, and one for what a proxy said of the client.
 *
 * RFC 3207 lets nothing stay. Servers keep their limits nonetheless, since STARTTLS would otherwise lift them all
 * once a connection; which of them may, must or must never stay is for the user to say. Pure.
 */

import { z } from 'zod';
import { LIMIT_NAMES, type LimitName } from './limits/names.ts';

/**
 * `may`: kept or not, both are sound. `must`: a server that forgets it gives a free pass. `never`: to keep it is to
 * violate the RFC.
 */
export const RULES = ['may', 'must', 'never'] as const;
export type Rule = (typeof RULES)[number];

/** What XCLIENT and XFORWARD said is no count, so that there is no experiment for `must`. */
const PROXY_RULES = ['may', 'never'] as const;

export type Policy = Readonly<Record<LimitName, Rule>> & { readonly proxy: (typeof PROXY_RULES)[number] };

export const POLICY_ROWS: readonly (keyof Policy)[] = [...LIMIT_NAMES, 'proxy'];

const everyLimit = (rule: Rule): Policy => ({
  ...(Object.fromEntries(LIMIT_NAMES.map(name => [name, rule])) as Record<LimitName, Rule>),
  proxy: 'never',
});

export const PRESETS = {
  /** RFC 3207 as it is written: nothing stays. */
  letter: everyLimit('never'),
  /** What servers in use do: a limit may stay. */
  practice: everyLimit('may'),
  /** Every limit stays, or STARTTLS lifts it once a connection. */
  'no-free-pass': everyLimit('must'),
} as const satisfies Record<string, Policy>;

export type PresetName = keyof typeof PRESETS;
const PRESET_NAMES = Object.keys(PRESETS) as [PresetName, ...PresetName[]];

const told = (issue: { readonly code: string; readonly keys?: unknown; readonly values?: unknown }) => {
  if (issue.code === 'unrecognized_keys')
    return `there is no limit ${String(issue.keys)}; known: ${POLICY_ROWS.join(', ')}`;
  return 'a policy is a JSON object, for example {"preset": "practice", "errors": "must"}';
};
const oneOf = <const T extends readonly [string, ...string[]]>(words: T) =>
  z.enum(words, { error: `known words are ${words.join(', ')}` }).exactOptional();

/** A policy as users write it: the rows that differ from a preset, or from what was said elsewhere. */
export const PolicyRows = z
  .strictObject(
    {
      preset: oneOf(PRESET_NAMES),
      transactions: oneOf(RULES),
      recipients: oneOf(RULES),
      errors: oneOf(RULES),
      unknown: oneOf(RULES),
      commands: oneOf(RULES),
      'failed-logins': oneOf(RULES),
      messages: oneOf(RULES),
      bytes: oneOf(RULES),
      time: oneOf(RULES),
      delays: oneOf(RULES),
      proxy: oneOf(PROXY_RULES),
    } satisfies Record<keyof Policy | 'preset', z.ZodType>,
    { error: told },
  )
  .readonly();
export type PolicyRows = z.infer<typeof PolicyRows>;

/** The policy that rows make of a preset they name, or else of `base`. */
export function withRows({ preset, ...rows }: PolicyRows, base: Policy = PRESETS.practice): Policy {
  return { ...(preset === undefined ? base : PRESETS[preset]), ...rows };
}

/** `errors=may,recipients=must` as rows, to be parsed. */
export function spelledRows(text: string): unknown {
  return Object.fromEntries(
    text.split(',').map(row => {
      const [name = '', ...rule] = row.split('=');
      return [name.trim(), rule.join('=').trim()];
    }),
  );
}

export const isPreset = (name: string): name is PresetName => Object.hasOwn(PRESETS, name);
