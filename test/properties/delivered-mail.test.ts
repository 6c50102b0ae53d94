import { describe, expect, test } from 'vitest';
import { deliveredMail } from '../../properties/delivered-mail.ts';
import type { Evidence } from '../../src/claim.ts';
import type { Difference } from '../../src/compare.ts';

const header = (place: string, used: string, fresh: string): Difference => ({
  step: 3,
  verb: 'data',
  aspect: 'header',
  place,
  used,
  fresh,
});

const evidence = (text: string | undefined, ...differences: readonly Difference[]): Evidence =>
  ({ paired: true, used: { deliveries: [{ step: 3, text }] }, differences }) as unknown as Evidence;

describe('a delivered message', () => {
  test('with another trace header is a deviation', () => {
    const differing = evidence('…', header('received.0', 'from a.example', 'from b.example'));
    expect(deliveredMail.judge(differing)).toMatchObject([{ claim: 'delivered-mail', step: 3 }]);
  });

  test('with another body is one, and other differences are the affair of other claims', () => {
    const body: Difference = { ...header('', 'a', 'b'), aspect: 'body' };
    expect(deliveredMail.judge(evidence('…', body))).toHaveLength(1);
    expect(deliveredMail.judge(evidence('…', { ...body, aspect: 'code' }))).toEqual([]);
    expect(deliveredMail.judge({ ...evidence('…', body), paired: false })).toEqual([]);
  });

  test('that came in one run only accuses nobody, whichever it is', () => {
    const late = [
      header('delivered', 'not delivered in time', 'nothing'),
      header('received.0', 'nothing', 'from b.example'),
    ];
    expect(deliveredMail.judge(evidence(undefined, ...late))).toEqual([]);
  });

  test('puts the claim to the test only when it came', () => {
    expect(deliveredMail.exercised(evidence('…'))).toBe(true);
    expect(deliveredMail.exercised(evidence(undefined))).toBe(false);
    expect(deliveredMail.exercised({ ...evidence('…'), paired: false })).toBe(false);
  });
});
