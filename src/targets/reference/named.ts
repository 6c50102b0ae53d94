/**
 * The reference server by name: `reference`, or `reference:NAME` with a planted fault or a sound variant.
 *
 * In memory, with TLS simulated; `reference+tls` and `reference+tls:NAME` are the same over real TCP and TLS.
 */

import { suggestion } from '../../suggestion.ts';
import { type Target, TargetError } from '../target.ts';
import type { Variant } from './faults/fault.ts';
import { drawnFault } from './faults/generated.ts';
import { FAULTS } from './faults/index.ts';
import { LIMIT_VARIANTS } from './limits.ts';
import { listen } from './listener.ts';
import { SOUND_VARIANTS } from './sound.ts';
import { referenceInMemory } from './target.ts';

/** Before the name of a sound variant. */
const SOUND_PREFIX = 'sound-';

/** Faults, planted limits, and sound variants with their prefix. */
export const VARIANTS: readonly Variant[] = [
  ...FAULTS,
  ...LIMIT_VARIANTS,
  ...SOUND_VARIANTS.map(variant => ({ ...variant, name: SOUND_PREFIX + variant.name })),
];

const PLAIN: Variant = { name: '', title: 'the reference server, sound', options: {} };

function target(variant: Variant, overTls: boolean): Target {
  const colon = variant.name === '' ? '' : ':';
  return {
    name: `reference${overTls ? '+tls' : ''}${colon}${variant.name}`,
    title: `${variant.title}, ${overTls ? 'over TCP and TLS on loopback' : 'in memory'}`,
    start: () =>
      overTls
        ? listen(variant.options, { host: '127.0.0.1', port: 0 })
        : Promise.resolve(referenceInMemory(variant.options)),
  };
}

export const REFERENCE_TARGETS: readonly Target[] = [target(PLAIN, false), target(PLAIN, true)];

/** The target that a name of the form above stands for; undefined if it has another form. */
export function referenceTarget(name: string): Target | undefined {
  const match = /^reference(\+tls)?:(.*)$/.exec(name);
  if (match === null) return undefined;
  return target(variantOf(match[2] ?? ''), match[1] !== undefined);
}

/** The fault or sound variant of that name; `drawn-SEED.INDEX` is a fault drawn by seed. */
export function variantOf(name: string): Variant {
  const variant = VARIANTS.find(one => one.name === name) ?? drawnFault(name);
  if (variant === undefined)
    throw new TargetError(
      `the reference server has no variant ${name}; see "afresh list faults".${suggestion(
        name,
        VARIANTS.map(known => known.name),
      )}`,
    );
  return variant;
}
