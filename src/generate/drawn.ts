/**
 * Arbitraries that draw in a way of their own and shrink as a plain one does, so that hand-written examples and corpus files
 * shrink just as well as what was drawn.
 */

import fc from 'fast-check';

export abstract class Drawn<T> extends fc.Arbitrary<T> {
  /** Takes any value of the kind, whoever made it, and makes it smaller. */
  protected abstract readonly plain: fc.Arbitrary<T>;

  protected abstract draw(random: fc.Random, bias: number | undefined): T;

  override generate(random: fc.Random, bias: number | undefined): fc.Value<T> {
    return new fc.Value(this.draw(random, bias), undefined);
  }

  override canShrinkWithoutContext(value: unknown): value is T {
    return this.plain.canShrinkWithoutContext(value);
  }

  override shrink(value: T): fc.Stream<fc.Value<T>> {
    return this.plain.shrink(value, undefined);
  }
}
