import { describe, expect, test } from 'vitest';
import { minimise } from '../../src/investigate/minimise.ts';
import type { Scenario, Step } from '../../src/scenario.ts';
import { ALL_STEPS } from '../steps.ts';

const clean = { handshake: { kind: 'sound', version: '1.3' } } as const;
const options = { jobs: 4, expired: () => false };

/** Plays no server: the effect is a rule over the scenario. */
const when = (rule: (scenario: Scenario) => boolean) => (scenario: Scenario) =>
  Promise.resolve(rule(scenario));

describe('minimise', () => {
  test('keeps only the steps that the effect needs', async () => {
    const scenario: Scenario = {
      before: [
        { kind: 'noop' },
        { kind: 'ehlo', name: 'c' },
        { kind: 'vrfy', argument: 'd' },
        { kind: 'auth', mechanism: 'LOGIN', answer: 'right', user: 'c' },
        { kind: 'rset' },
      ],
      upgrade: { spelling: 'lower', handshake: { kind: 'sound', version: '1.2', sni: true } },
      after: [
        { kind: 'help' },
        { kind: 'ehlo', name: 'p' },
        { kind: 'auth', mechanism: 'PLAIN', answer: 'right', user: 'q' },
      ],
    };
    const needsLogins = when(
      ({ before, after }) =>
        before.some(({ kind }) => kind === 'auth') && after.some(({ kind }) => kind === 'auth'),
    );
    const { scenario: small, minimal } = await minimise(scenario, needsLogins, options);
    expect(minimal).toBe(true);
    expect(small.before.map(({ kind }) => kind)).toEqual(['auth']);
    expect(small.after.map(({ kind }) => kind)).toEqual(['auth']);
    expect(small.upgrade).toEqual(clean);
  });

  test('says by nonsense that a server does not know a command', async () => {
    const unknown = new Set(['lhlo', 'expn', 'line']);
    const scenario: Scenario = {
      before: [{ kind: 'lhlo', name: 'a' }, { kind: 'noop' }, { kind: 'expn', argument: 'b' }],
      upgrade: clean,
      after: [{ kind: 'noop' }],
    };
    const needsTwo = when(({ before }) => before.filter(({ kind }) => unknown.has(kind)).length === 2);
    const { scenario: small } = await minimise(scenario, needsTwo, options);
    const nonsense = { kind: 'line', text: 'XAFRESH' };
    expect(small.before).toEqual([nonsense, nonsense]);
  });

  test('says a name again in TLS only where it has to be the same', async () => {
    const scenario: Scenario = {
      before: [
        { kind: 'ehlo', name: 'a' },
        { kind: 'mail', from: 'b' },
      ],
      upgrade: clean,
      after: [
        { kind: 'ehlo', name: 'a' },
        { kind: 'mail', from: 'b' },
      ],
    };
    const needsSender = when(({ before, after }) => {
      const [was, is] = [before[1], after[1]];
      const areGreeted = [before, after].every(steps => steps[0]?.kind === 'ehlo');
      return areGreeted && was?.kind === 'mail' && is?.kind === 'mail' && was.from === is.from;
    });
    const { scenario: small } = await minimise(scenario, needsSender, options);
    expect(small.after).toEqual([
      { kind: 'ehlo', name: 'c' },
      { kind: 'mail', from: 'b' },
    ]);
  });

  test('says a long line as short as it takes, within a factor of two', async () => {
    const scenario: Scenario = {
      before: [{ kind: 'line', text: 'NOOP ', times: 2_100 }],
      upgrade: clean,
      after: [{ kind: 'noop' }],
    };
    const needsLong = when(({ before: [line] }) => line?.kind === 'line' && 5 * (line.times ?? 1) > 510);
    const { scenario: small } = await minimise(scenario, needsLong, options);
    expect(small.before).toEqual([{ kind: 'line', text: 'NOOP ', times: 132 }]);
  });

  test('says more simply, on both sides at once, what has to be the same on both', async () => {
    const address: Step = { kind: 'rcpt', to: 'b', long: true, international: true };
    const scenario: Scenario = { before: [address], upgrade: clean, after: [address] };
    const needsTheSame = when(
      ({ before, after }) =>
        before[0]?.kind === 'rcpt' && JSON.stringify(before[0]) === JSON.stringify(after[0]),
    );
    const { scenario: small } = await minimise(scenario, needsTheSame, options);
    expect(small).toEqual({
      before: [{ kind: 'rcpt', to: 'a' }],
      upgrade: clean,
      after: [{ kind: 'rcpt', to: 'a' }],
    });
  });

  test('says by NOOP what any line does, a command or not', async () => {
    const scenario: Scenario = {
      before: [{ kind: 'line', text: 'caf\xe9' }],
      upgrade: { ...clean, piped: true },
      after: [{ kind: 'noop' }],
    };
    const needsOnePiped = when(({ before, upgrade }) => before.length === 1 && upgrade.piped === true);
    const { scenario: small } = await minimise(scenario, needsOnePiped, options);
    expect(small.before).toEqual([{ kind: 'noop' }]);
  });

  test('says by NOOP what any command shows in the clear, STARTTLS too, and not in TLS', async () => {
    const starttls: Step = { kind: 'starttls' };
    const failed = { handshake: { kind: 'failed', how: 'close-notify' } } as const;
    const said = async (upgrade: Scenario['upgrade']): Promise<Scenario['after']> => {
      const needsOne = when(
        ({ upgrade: { handshake }, after }) =>
          handshake.kind === upgrade.handshake.kind && after.length === 1,
      );
      return (await minimise({ before: [], upgrade, after: [starttls] }, needsOne, options)).scenario.after;
    };
    expect(await said(failed)).toEqual([{ kind: 'noop' }]);
    expect(await said(clean)).toEqual([starttls]);
  });

  test('ends a transaction by RSET where no message is needed for it', async () => {
    const scenario: Scenario = {
      before: [
        { kind: 'mail', from: 'a' },
        { kind: 'rcpt', to: 'b' },
        { kind: 'data', body: 'plain', token: 'c' },
      ],
      upgrade: clean,
      after: [{ kind: 'noop' }],
    };
    const needsItEnded = when(({ before }) => {
      const said = before.map(({ kind }) => kind).join(' ');
      return said === 'mail rset' || said === 'mail rcpt data';
    });
    const { scenario: small } = await minimise(scenario, needsItEnded, options);
    expect(small.before.map(({ kind }) => kind)).toEqual(['mail', 'rset']);
  });

  test('says the null sender only where nothing else will do', async () => {
    const scenario: Scenario = {
      before: [{ kind: 'mail', from: null, ret: 'HDRS', size: 1 }],
      upgrade: clean,
      after: [{ kind: 'noop' }],
    };
    const smallest = async (rule: (scenario: Scenario) => boolean): Promise<Scenario['before']> =>
      (await minimise(scenario, when(rule), options)).scenario.before;
    expect(await smallest(({ before }) => before.some(step => 'ret' in step))).toEqual([
      { kind: 'mail', from: 'a', ret: 'HDRS' },
    ]);
    const isNull = (step: Step): boolean => step.kind === 'mail' && step.from === null;
    expect(await smallest(({ before }) => before.some(isNull))).toEqual([{ kind: 'mail', from: null }]);
  });

  test('finds the threshold of a burst', async () => {
    const burst = (times: number): Scenario => ({
      before: [],
      upgrade: { ...clean, glued: { lines: [{ kind: 'noop' }], times, ending: 'CRLF' } },
      after: [{ kind: 'ehlo', name: 'p' }],
    });
    const { scenario } = await minimise(
      burst(2_000),
      when(({ upgrade }) => (upgrade.glued?.times ?? 0) >= 351),
      options,
    );
    expect(scenario.upgrade.glued?.times).toBe(351);
  });

  test('a burst that shows it by chance is made shorter once, and not until it hardly shows it', async () => {
    const shortest = async (isRace: boolean): Promise<number> => {
      let looks = 0;
      // As chance would have it, ever shorter bursts show it if only one looks often enough.
      const lucky = when(({ upgrade }) => (upgrade.glued?.times ?? 0) >= 1_000 - 10 * looks++);
      const scenario: Scenario = {
        before: [],
        upgrade: { ...clean, glued: { lines: [{ kind: 'noop' }], times: 2_000, ending: 'CRLF' } },
        after: [],
      };
      const small = await minimise(scenario, lucky, { ...options, ...(isRace ? { isRace } : {}) });
      expect(small.minimal).toBe(true);
      return small.scenario.upgrade.glued?.times ?? 0;
    };
    expect(await shortest(true)).toBeGreaterThan(await shortest(false));
  });

  test('a message in chunks becomes one behind DATA, where that does as well', async () => {
    const chunk: Step = { kind: 'bdat', body: 'dots', token: 'a', last: true };
    const scenario: Scenario = { before: [chunk], upgrade: clean, after: [{ kind: 'noop' }] };
    const kindsShowing = async (...shows: readonly Step['kind'][]): Promise<readonly Step['kind'][]> => {
      const judge = when(
        ({ before, after }) => before.some(({ kind }) => shows.includes(kind)) && after.length > 0,
      );
      return (await minimise(scenario, judge, options)).scenario.before.map(({ kind }) => kind);
    };
    expect(await kindsShowing('data', 'bdat')).toEqual(['data']);
    expect(await kindsShowing('bdat')).toEqual(['bdat']);
  });

  test('a QUIT behind STARTTLS becomes a line that the closing QUIT does not hide', async () => {
    const scenario: Scenario = {
      before: [],
      upgrade: { ...clean, glued: { lines: [{ kind: 'quit' }], times: 1, ending: 'CRLF' } },
      after: [{ kind: 'noop' }],
    };
    const carried = when(
      ({ upgrade: { glued }, after }) =>
        glued !== undefined && (after.length > 0 || glued.lines.some(({ kind }) => kind !== 'quit')),
    );
    const { scenario: small } = await minimise(scenario, carried, options);
    expect(small.upgrade.glued?.lines).toEqual([{ kind: 'noop' }]);
    expect(small.after).toEqual([]);
  });

  test('finds one step that does what two did', async () => {
    const login = (answer: 'right' | 'wrong'): Scenario['before'][number] => ({
      kind: 'auth',
      mechanism: 'PLAIN',
      answer,
      user: 'a',
      initial: true,
    });
    const scenario: Scenario = { before: [login('right'), login('right')], upgrade: clean, after: [] };
    // A second login is refused, as a wrong one is.
    const needsRefusal = when(({ before }) => {
      const logins = before.filter(({ kind }) => kind === 'auth');
      return logins.length > 1 || logins.some(step => step.kind === 'auth' && step.answer === 'wrong');
    });
    expect((await minimise(scenario, needsRefusal, options)).scenario.before).toEqual([login('wrong')]);
  });

  test('says NOOP for every command of which only the number matters', async () => {
    const scenario: Scenario = {
      before: [{ kind: 'vrfy' }, { kind: 'help', argument: 'a' }, { kind: 'rset' }],
      upgrade: clean,
      after: [],
    };
    const { scenario: small } = await minimise(
      scenario,
      when(({ before }) => before.length > 2),
      options,
    );
    expect(small.before.map(({ kind }) => kind)).toEqual(['noop', 'noop', 'noop']);
  });

  test('says before STARTTLS what matters only by how often it is said, and behind it what has to be', async () => {
    const scenario: Scenario = {
      before: [
        { kind: 'ehlo', name: 'a' },
        { kind: 'mail', from: 'b' },
      ],
      upgrade: clean,
      after: [
        { kind: 'help' },
        { kind: 'rset' },
        { kind: 'vrfy' },
        { kind: 'data', body: 'plain', token: 'c' },
      ],
    };
    const counts = when(({ before, after }) => before.length > 0 && before.length + after.length > 4);
    const counted = (await minimise(scenario, counts, options)).scenario;
    expect([counted.before.length, counted.after.length]).toEqual([4, 1]);
    const inTls = when(
      ({ before, after }) => before.length > 0 && before.length + after.length > 4 && after.length > 2,
    );
    const kept = (await minimise(scenario, inTls, options)).scenario;
    expect([kept.before.length, kept.after.length]).toEqual([2, 3]);
  });

  test('says a chunk of the plainest body where the last one will not do', async () => {
    const scenario: Scenario = {
      before: [{ kind: 'bdat', body: 'long-line', token: 'a' }],
      upgrade: clean,
      after: [],
    };
    const needsChunk = when(({ before }) => before.some(step => step.kind === 'bdat' && step.last !== true));
    expect((await minimise(scenario, needsChunk, options)).scenario.before).toEqual([
      { kind: 'bdat', body: 'plain', token: 'a' },
    ]);
  });

  test.each(ALL_STEPS)('ends where any step of its kind will do: $kind', async step => {
    const scenario: Scenario = { before: [step], upgrade: clean, after: [] };
    const ofKind = when(({ before }) => before.length === 1 && before[0]?.kind === step.kind);
    expect((await minimise(scenario, ofKind, options)).minimal).toBe(true);
  });

  test('gives the same result again, and says when time was up', async () => {
    const scenario: Scenario = {
      before: [{ kind: 'noop' }, { kind: 'rset' }],
      upgrade: clean,
      after: [{ kind: 'noop' }],
    };
    const any = when(() => true);
    expect(await minimise(scenario, any, options)).toEqual(await minimise(scenario, any, options));
    expect((await minimise(scenario, any, { jobs: 4, expired: () => true })).minimal).toBe(false);
  });
});
