/** EHLO's lists, drawn: of what there is to offer, a few things, most of it, or one thing otherwise than another list. */

import fc from 'fast-check';
import {
  COMMON_KEYWORDS,
  COMMON_MECHANISMS,
  MECHANISMS,
  OFFERED,
  type Offer,
  OTHER_KEYWORDS,
  plainKeyword,
  RARE_KEYWORDS,
} from './offer.ts';
import { isOffer, type Step } from './script.ts';

/** Octets that no client has for a size of its own, as that of its chunks. */
const LIMITS = [97, 9_973, 99_999_989] as const;

export function offer(names: readonly string[]): fc.Arbitrary<Offer> {
  return fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constant('keyword' as const),
        keyword: fc.oneof(
          { weight: 3, arbitrary: fc.constantFrom(...COMMON_KEYWORDS) },
          { weight: 1, arbitrary: fc.constantFrom(...RARE_KEYWORDS, ...OTHER_KEYWORDS) },
        ),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant('size' as const),
        limit: fc.constantFrom(null, 0, 1, ...LIMITS),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant('auth' as const),
        mechanisms: fc.oneof(
          { weight: 3, arbitrary: fc.subarray([...COMMON_MECHANISMS], { minLength: 1 }) },
          { weight: 1, arbitrary: fc.subarray([...MECHANISMS], { minLength: 1 }) },
          { weight: 1, arbitrary: fc.constantFrom(...MECHANISMS).map(mechanism => [mechanism]) },
        ),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant('limits' as const),
        recipients: fc.constantFrom(1, 2, 100),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constant('unknown' as const), name: fc.constantFrom(...names) }),
    },
  );
}

export const list = (names: readonly string[], maxLength: number): fc.Arbitrary<Offer[]> =>
  fc.uniqueArray(offer(names), { maxLength, selector: keyOf, size: 'max' });

const keyOf = (one: Offer): string =>
  one.kind === 'keyword' ? plainKeyword(one.keyword) : one.kind === 'unknown' ? `X${one.name}` : one.kind;

/** Most of all that there is to offer: who keeps one thing, whichever it be, has it there. */
export const rich: fc.Arbitrary<Offer[]> = fc.subarray([...OFFERED], { minLength: OFFERED.length / 2 });

/** The list in TLS, with one thing added or said otherwise: what is kept may only matter beside what TLS offers. */
export const near = (after: readonly Step[], other: Offer): readonly Step[] => [
  ...after.filter(
    step => isOffer(step) && step.kind !== 'unknown' && ![keyOf(other), 'STARTTLS'].includes(keyOf(step)),
  ),
  other,
];
