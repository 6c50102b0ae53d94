import { expect, test } from 'vitest';
import { newGenerator } from '../../src/generate/scenarios.ts';
import type { Parameter } from '../../src/generate/words.ts';

const UNOFFERED: ReadonlySet<Parameter> = new Set(['smtputf8', 'envid', 'notify', 'requiretls']);

/** How often MAIL and RCPT say a parameter. */
function said(parameter: Parameter, unoffered: ReadonlySet<Parameter>): number {
  const scenarios = newGenerator({ seed: 9, unoffered }).next(2_000);
  return scenarios.flatMap(({ before, after }) => [...before, ...after]).filter(step => parameter in step)
    .length;
}

test('parameters of extensions that a target does not offer are said seldom: MAIL would be refused for them', () => {
  for (const parameter of UNOFFERED) {
    expect(said(parameter, UNOFFERED), parameter).toBeGreaterThan(0);
    expect(said(parameter, UNOFFERED), parameter).toBeLessThan(said(parameter, new Set()) / 2);
  }
});

test('those of extensions that it offers are said as often as ever', () => {
  expect(said('size', UNOFFERED)).toBeGreaterThan(said('size', new Set()) / 2);
});
