/** Replies that nobody asked for, drawn: whole lines, and the beginning of one. */

import fc from 'fast-check';
import { omit } from '../reduce.ts';
import { offer } from './lists.ts';
import type { Offer } from './offer.ts';
import type { Glue, Line } from './script.ts';

/** One text in so many goes on and on. */
const LONG = 8;
export const length: fc.Arbitrary<{ readonly long?: true }> = fc
  .noBias(fc.nat(LONG - 1))
  .map(one => (one === 0 ? { long: true } : {}));

export const REFUSALS = [421, 450, 451, 454, 500, 502, 503, 504, 530, 535, 550, 552, 554] as const;
export const CODES = [...REFUSALS, 220, 221, 235, 250, 334, 354] as const;

function line(names: readonly string[]): fc.Arbitrary<Line> {
  return fc
    .record({
      code: fc.oneof(
        { weight: 3, arbitrary: fc.constant(250) },
        { weight: 1, arbitrary: fc.constantFrom(...CODES) },
      ),
      more: fc.boolean(),
      text: fc.oneof<[fc.Arbitrary<Offer>, fc.Arbitrary<string>]>(offer(names), fc.constantFrom(...names)),
      length,
    })
    .map(({ code, more, text, length }) => ({ code, ...(more ? { more } : {}), text, ...length }));
}

export function glue(names: readonly string[]): fc.Arbitrary<Glue> {
  const few = fc.array(line(names), { maxLength: 5 });
  const many = fc.array(line(names), { minLength: 6, maxLength: 16 });
  const lines = fc
    .tuple(fc.oneof({ weight: 9, arbitrary: few }, { weight: 1, arbitrary: many }), fc.nat(9))
    .map(complete);
  const fragment = fc
    .record({ line: line(names), blank: fc.boolean(), isCode: fc.nat(3).map(one => one === 0) })
    .map(({ line, blank, isCode }) => ({
      ...line,
      ...(isCode ? { text: '' as const } : {}),
      ...(blank ? { blank } : {}),
    }));
  return fc.oneof(
    lines.filter(all => all.length > 0).map(lines => ({ lines })),
    fragment.map(fragment => ({ lines: [], fragment })),
    fc.record({ lines, fragment }),
  );
}

/** Nine times in ten the last line ends its reply: a client waits for the rest of one that does not. */
function complete([lines, chance]: readonly [readonly Line[], number]): readonly Line[] {
  const last = lines.at(-1);
  return last?.more !== true || chance === 0 ? lines : lines.with(-1, omit(last, 'more'));
}
