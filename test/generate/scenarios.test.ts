import { expect, test } from 'vitest';
import { newGenerator } from '../../src/generate/scenarios.ts';
import { isStarttlsPiped, Scenario } from '../../src/scenario.ts';

test('same seed, same scenarios; another seed, others', () => {
  const one = newGenerator({ seed: 1 });
  const other = newGenerator({ seed: 1 });
  for (let slice = 0; slice < 4; slice++) expect(one.next(50)).toEqual(other.next(50));
  expect(newGenerator({ seed: 2 }).next(50)).not.toEqual(newGenerator({ seed: 1 }).next(50));
});

test('what is handed back changes what comes, and in the same way each time', () => {
  const drawn = (keep: boolean) => {
    const generator = newGenerator({ seed: 3 });
    for (const scenario of generator.next(50)) if (keep) generator.keep(scenario);
    return generator.next(50);
  };
  expect(drawn(true)).toEqual(drawn(true));
  expect(drawn(true)).not.toEqual(drawn(false));
});

test('every scenario is valid, and the same after a round trip through JSON', () => {
  for (const scenario of newGenerator({ seed: 4 }).next(500))
    expect(Scenario.parse(JSON.parse(JSON.stringify(scenario)))).toEqual(scenario);
});

test('no AUTH dialogue is left open among the questions in TLS, where it would swallow one of them', () => {
  const scenarios = newGenerator({ seed: 5 }).next(500);
  const answers = (steps: Scenario['after']): readonly string[] =>
    steps.flatMap(step => (step.kind === 'auth' ? [step.answer] : []));
  expect(scenarios.flatMap(({ after }) => answers(after))).not.toContain('open');
  expect(scenarios.flatMap(({ before }) => answers(before))).toContain('open');
});

test('STARTTLS comes in the segment of what is said before it now and then, a login included', () => {
  const piped = newGenerator({ seed: 8 })
    .next(2_000)
    .filter(({ upgrade }) => upgrade.piped !== undefined && upgrade.eager === undefined);
  expect(piped.length).toBeGreaterThan(50);
  const logins = piped.filter(({ before }) => before.at(-1)?.kind === 'auth');
  expect(logins.length).toBeGreaterThan(piped.length / 10);
  for (const scenario of logins)
    if (!/open|cancelled/.test(JSON.stringify(scenario.before.at(-1))))
      expect(isStarttlsPiped(scenario)).toBe(true);
});

/** Scenarios of many swarms. */
const inRounds = (seed: number, rounds = 50): readonly Scenario[] => {
  const generator = newGenerator({ seed });
  return Array.from({ length: rounds }, () => generator.next(40)).flat();
};

test('what was said before STARTTLS is said again in TLS now and then, in the same words', () => {
  const repeats = inRounds(10).filter(
    ({ before, after }) =>
      before.length > 2 && JSON.stringify(after.slice(0, 3)) === JSON.stringify(before.slice(0, 3)),
  );
  expect(repeats.length).toBeGreaterThan(30);
  expect(repeats.some(({ after }) => after.some(({ kind }) => kind === 'vrfy'))).toBe(true);
  // How a server reads lines may have been changed by one.
  expect(repeats.some(({ after }) => after.some(({ kind }) => kind === 'bytes'))).toBe(true);
});

test('behind a login that STARTTLS did not wait for, TLS begins with a wait every other time', () => {
  const unawaited = inRounds(11, 150).filter(
    scenario => isStarttlsPiped(scenario) && scenario.before.at(-1)?.kind === 'auth',
  );
  const waiting = unawaited.filter(({ after }) => after[0]?.kind === 'pause');
  expect(unawaited.length).toBeGreaterThan(10);
  expect(waiting.length).toBeGreaterThan(unawaited.length / 4);
  expect(waiting.length).toBeLessThan((unawaited.length * 3) / 4);
});

test('in TLS a question is malformed now and then: what is read last may be answered then', () => {
  const said = inRounds(12).flatMap(({ after }) => [
    ...new Set(after.map(step => (step.kind === 'line' ? step.text : step.kind))),
  ]);
  const count = (wanted: string): number => said.filter(one => one === wanted).length;
  expect(count('MAIL FROM:')).toBeGreaterThan(count('mail') / 100);
  expect(count('MAIL FROM:')).toBeLessThan(count('mail') / 5);
});

test('steps that a target does not offer are never used', () => {
  const generator = newGenerator({ seed: 6, without: new Set(['auth', 'bdat']) });
  const kinds = new Set(
    generator.next(500).flatMap(({ before, after }) => [...before, ...after].map(({ kind }) => kind)),
  );
  expect(kinds.has('auth')).toBe(false);
  expect(kinds.has('bdat')).toBe(false);
  expect(kinds.has('mail')).toBe(true);
});

test('forms of a handshake that a target declines are never drawn', () => {
  const drawn = newGenerator({ seed: 5 }).next(500);
  const declined = newGenerator({ seed: 5, declined: new Set(['1.2', 'certificate']) }).next(500);
  const forms = declined.flatMap(({ upgrade: { handshake } }) =>
    handshake.kind === 'sound' ? Object.entries(handshake).filter(([key]) => key !== 'resumed') : [],
  );
  const seen = new Set(forms.map(form => form.join(' ')));
  expect(seen).toEqual(new Set(['kind sound', 'version 1.3', 'sni true']));
  expect(JSON.stringify(drawn)).toContain('"certificate":true');
});

test('what no step says, commands of extensions and parameters that nobody knows, is said on either side', () => {
  const generator = newGenerator({ seed: 11 });
  // Of many swarms, since one may go without.
  const scenarios = Array.from({ length: 20 }, () => generator.next(200)).flat();
  for (const side of ['before', 'after'] as const) {
    const lines = scenarios.flatMap(scenario =>
      scenario[side].flatMap(step => (step.kind === 'line' ? [step.text] : [])),
    );
    expect(lines.some(text => /^(?:ETRN|BURL) /.test(text))).toBe(true);
    expect(lines.some(text => /^(?:MAIL|RCPT) .*> X/.test(text))).toBe(true);
  }
});

test('in TLS it is waited first now and then, and asked at once as a rule', () => {
  const generator = newGenerator({ seed: 3 });
  const drawn = new Set(
    Array.from({ length: 20 }, () => generator.next(1_000))
      .flat()
      .map(({ after }) => after),
  );
  const waiting = [...drawn].filter(([first]) => first?.kind === 'pause');
  expect(waiting.length).toBeGreaterThan(0);
  expect(waiting.length).toBeLessThan(drawn.size / 20);
});

test('suffixes that were asked often go, so that a night fills no memory', () => {
  const generator = newGenerator({ seed: 7, unguided: true });
  const drawn = new Set(generator.next(60_000).map(({ after }) => after));
  expect(drawn.size).toBeGreaterThan(3_000);
  expect(drawn.size).toBeLessThanOrEqual(4_096);
});
