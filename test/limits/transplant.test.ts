import { describe, expect, test } from 'vitest';
import { CLAIMS } from '../../properties/index.ts';
import { Experiment } from '../../src/experiment.ts';
import { WAYS } from '../../src/limits/events.ts';
import { explainByLimit, type LimitExplanation } from '../../src/limits/transplant.ts';
import { probe } from '../../src/probe.ts';
import { BARE, type Scenario, type Step, type Upgrade } from '../../src/scenario.ts';
import { type Behaviour, type ServerLimits, SOUND } from '../../src/targets/reference/behaviour.ts';
import { FAULTS } from '../../src/targets/reference/faults/index.ts';
import { referenceInMemory } from '../../src/targets/reference/target.ts';
import { chance } from '../chance.ts';

/** What becomes of the first deviation that a scenario shows on a reference server, or the first at such a command. */
async function explained(
  server: { readonly limits?: ServerLimits; readonly behaviour?: Partial<Behaviour> },
  before: readonly Step[],
  after: readonly Step[],
  verb?: string,
  upgrade: Upgrade = BARE,
): Promise<LimitExplanation | undefined> {
  const target = referenceInMemory({
    limits: server.limits ?? {},
    behaviour: { ...SOUND, ...server.behaviour },
  });
  const probed = await probe(target);
  const experiment = new Experiment({ ...probed, baseline: 'starttls-first', claims: CLAIMS, jobs: 8 });
  const scenario: Scenario = { before, upgrade, after };
  const { deviations } = await experiment.examineAnew(scenario);
  const deviation = deviations.find(({ difference }) => verb === undefined || difference?.verb === verb);
  if (deviation === undefined) throw new Error('used and fresh run do not differ');
  return explainByLimit(experiment, scenario, deviation);
}

const times = (count: number, ...steps: Step[]): Step[] => Array.from({ length: count }, () => steps).flat();
const ehlo = (name: string): Step => ({ kind: 'ehlo', name });
const mail = (from: string): Step => ({ kind: 'mail', from });
const rcpt = (to: string): Step => ({ kind: 'rcpt', to });
const RSET: Step = { kind: 'rset' };
const UNKNOWN: Step = { kind: 'line', text: 'XAFRESH' };
const wrong: Step = { kind: 'auth', mechanism: 'LOGIN', answer: 'wrong', user: 'b' };
const message: Step[] = [mail('a'), rcpt('b'), { kind: 'data', body: 'plain', token: 'c' }];

describe('a kept limit is explained by the count that brings the same behind TLS', () => {
  test.each<[string, ServerLimits, readonly Step[], readonly Step[]]>([
    [
      'commands',
      { commands: 9 },
      [ehlo('a'), { kind: 'vrfy', argument: 'a' }, RSET, RSET],
      times(6, { kind: 'noop' }),
    ],
    [
      'errors',
      { errors: 4 },
      [{ kind: 'data', body: 'empty', token: 'a' }, rcpt('a'), UNKNOWN],
      times(3, rcpt('p')),
    ],
    ['unknown', { unknown: 5 }, times(3, UNKNOWN), times(3, UNKNOWN)],
    [
      'transactions',
      { transactions: 3 },
      [ehlo('a'), ...times(2, mail('a'), RSET)],
      [ehlo('p'), ...times(2, mail('p'), RSET)],
    ],
    [
      'recipients',
      { sessionRecipients: 5 },
      [ehlo('a'), mail('a'), ...times(3, rcpt('b'))],
      [ehlo('p'), mail('p'), ...times(3, rcpt('q'))],
    ],
    ['failed-logins', { failedLogins: 2 }, [ehlo('a'), ...times(2, wrong)], [ehlo('p'), wrong, RSET]],
    [
      'messages',
      { messages: 2 },
      [ehlo('a'), ...times(2, ...message)],
      [ehlo('p'), ...message, { kind: 'noop' }],
    ],
    [
      'bytes',
      { bytes: 500 },
      times(3, {
        kind: 'line',
        text: 'NOOP 12345678901234567890123456789012345678901234567890123456789012345678901234567890',
      }),
      [
        ehlo('p'),
        ...times(5, { kind: 'help' }),
        {
          kind: 'line',
          text: 'NOOP 1234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890',
        },
        {
          kind: 'line',
          text: 'NOOP 1234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890',
        },
      ],
    ],
  ])('%s', async (limit, limits, before, after) => {
    const explanation = await explained({ limits }, before, after);
    expect(explanation?.limit).toBe(limit);
    expect(explanation?.count).toBeGreaterThan(0);
  });
});

describe('what travelled with STARTTLS, and is thrown away', () => {
  const burst: Upgrade = { ...BARE, glued: { lines: [UNKNOWN], times: 30, ending: 'CRLF' } };
  const counting = (field: 'commands' | 'bytes' | 'unknown'): Partial<Behaviour> => ({
    upgraded: (session, { session: { pending } }) => ({
      ...session,
      [field]: session[field] + (field === 'bytes' ? pending.length : pending.split('\n').length - 1),
    }),
  });

  test.each([
    ['commands', { commands: 25 }],
    ['bytes', { bytes: 250 }],
  ] as const)('may be counted as it is read: %s', async (field, limits) => {
    const server = { behaviour: counting(field), limits };
    expect((await explained(server, [], [{ kind: 'noop' }], undefined, burst))?.limit).toBe(field);
  });

  test('is not counted as what it would be if it were taken for commands', async () => {
    const server = { behaviour: counting('unknown'), limits: { unknown: 25 } };
    expect(await explained(server, [], [UNKNOWN], undefined, burst)).toBeUndefined();
  });
});

test('commands that come with more behind them are a limit where the server counts those', async () => {
  const piped: Step = { kind: 'noop', piped: true };
  const NOOP: Step = { kind: 'noop' };
  const offended: Partial<Behaviour> = {
    follow: (progress, { piped, event }) => progress + (piped && event === 'noop' ? 1 : 0),
    judge: (_event, _argument, { progress }) =>
      progress > 3 ? { code: 421, lines: ['No pipelining'], close: true } : 'sound',
  };
  const explanation = await explained({ behaviour: offended }, [piped, piped, NOOP], [piped, piped, NOOP]);
  expect(explanation?.counts).toBe('NOOP, with more behind it');
});

test('an odd line that is taken for a command is counted as one', async () => {
  const behaviour: Partial<Behaviour> = {
    // Such a server takes parameters that it does not know.
    follow: (count, { event, accepted, line }) =>
      /^MAIL .* XAFRESH=/.test(line) || (event === 'mail' && accepted) ? count + 1 : count,
    judge: (event, _, { progress }) =>
      event === 'mail' && progress > 0
        ? { code: 421, lines: ['One transaction only'], close: true }
        : 'sound',
  };
  const before: Step[] = [ehlo('a'), { kind: 'line', text: 'MAIL FROM:<a@b> XAFRESH=1' }];
  const limit = await explained({ behaviour }, before, [ehlo('p'), mail('q')]);
  expect(limit).toMatchObject({ limit: 'transactions', count: 1 });
});

describe('a limit on bounces alone', () => {
  const bounce: Step = { kind: 'mail', from: null };
  const counting = (most: number): Partial<Behaviour> => ({
    follow: (progress, { event, line, accepted }) =>
      progress + (accepted && event === 'mail' && line.includes('<>') ? 1 : 0),
    judge: (event, argument, { progress }) =>
      event === 'mail' && argument.includes('<>') && progress >= most
        ? { code: 452, lines: ['Too many bounces'] }
        : 'sound',
  });

  test.each([
    ['two before STARTTLS', 2, [bounce, RSET, bounce], [bounce]],
    ['one on either side', 2, [bounce], [bounce, RSET, bounce]],
  ])('is a limit, with %s', async (_, most, before, after) => {
    const behaviour = counting(most);
    const explanation = await explained({ behaviour }, [ehlo('a'), ...before], [ehlo('p'), ...after]);
    expect(explanation?.limit).toBe('transactions');
  });

  test('is none where the bounce of the plaintext is the only one', async () => {
    const behaviour: Partial<Behaviour> = {
      ...counting(1),
      judge: (event, _argument, { progress }) =>
        event === 'rcpt' && progress > 0 ? { code: 550, lines: ['Not behind a bounce'] } : 'sound',
    };
    const after = [ehlo('p'), mail('q'), rcpt('r')];
    expect(await explained({ behaviour }, [ehlo('a'), bounce], after)).toBeUndefined();
  });
});

test('a transaction that only RSET and a message end is open, and not counted, where STARTTLS leaves it', async () => {
  const open: Partial<Behaviour> = {
    follow: (progress, { event, accepted }) =>
      event === 'mail' && accepted ? 1 : event === 'rset' ? 0 : progress,
    judge: (event, _argument, { progress }) =>
      event === 'mail' && progress > 0
        ? { code: 451, lines: ['A transaction is open in the database'] }
        : 'sound',
  };
  const before = [ehlo('a'), mail('b')];
  expect(await explained({ behaviour: open }, before, [ehlo('p'), mail('q')])).toBeUndefined();
});

test('bytes are a limit though no number of whole events comes to as many', async () => {
  const telling: Partial<Behaviour> = {
    answer: (sound, event, { session }) =>
      event === 'noop' ? { ...sound, lines: [`${session.bytes} bytes so far`] } : sound,
  };
  const told = await explained({ behaviour: telling }, [ehlo('a')], [{ kind: 'noop' }]);
  expect(told).toMatchObject({ limit: 'bytes', counts: 'the bytes of NOOP' });
});

const FOREIGN: Step = { kind: 'rcpt', to: 'q', foreign: true };

test.each<[string, Partial<Behaviour>, readonly Step[]]>([
  ['takes', { relays: () => true }, []],
  ['takes behind a login', {}, [{ kind: 'auth', mechanism: 'PLAIN', answer: 'right', user: 'u' }]],
])('a recipient elsewhere, which the server %s, counts as others do', async (_, behaviour, login) => {
  const before = [ehlo('a'), mail('a'), rcpt('b')];
  const after = [ehlo('p'), ...login, mail('p'), FOREIGN, RSET];
  const explanation = await explained({ behaviour, limits: { sessionRecipients: 1 } }, before, after);
  expect(explanation?.limit).toBe('recipients');
});

describe('what follows from a refusal by a limit', () => {
  const before = [...times(2, UNKNOWN), ehlo('a')];
  const after = [
    ehlo('p'),
    mail('p'),
    rcpt('q'),
    { kind: 'auth', mechanism: 'PLAIN', answer: 'right', user: 'u', initial: true },
  ] as const;
  const slowed: Partial<Behaviour> = {
    judge: (event, _argument, { session }) =>
      event === 'mail' && session.errors >= 2 ? { code: 450, lines: ['Slow down'] } : 'sound',
  };

  test.each(['rcpt', 'auth'])('is explained with it, whether it takes or gives: %s', async verb => {
    const limit = await explained({ behaviour: slowed }, before, after, verb);
    expect(limit?.limit).toBe('errors');
  });

  test('is not where as many errors behind TLS do not bring it', async () => {
    const kept: Partial<Behaviour> = {
      ...slowed,
      answer: (sound, event, { beforeTls }) =>
        event === 'auth' && beforeTls?.greeting !== undefined ? { ...sound, code: 535 } : sound,
    };
    expect(await explained({ behaviour: kept }, before, after, 'auth')).toBeUndefined();
  });
});

test('a limit that is passed at the last reply of a dialogue is explained, too', async () => {
  const cancelled: Step = { kind: 'auth', mechanism: 'PLAIN', answer: 'cancelled', user: 'c' };
  const limit = await explained({ limits: { commands: 6 } }, times(3, RSET), [ehlo('p'), cancelled]);
  expect(limit?.limit).toBe('commands');
  expect(limit?.count).toBe(3);
});

test('a limit that tells itself in the last refusal, and ends the connection, is explained by what it says', async () => {
  const warns: Partial<Behaviour> = {
    answer: (sound, _event, { session }) =>
      session.errors >= 4 && sound.code >= 500
        ? { ...sound, lines: [...sound.lines, 'Too many errors'], close: true }
        : sound,
  };
  const explanation = await explained({ behaviour: warns }, [rcpt('a')], times(4, rcpt('p')));
  expect(explanation).toMatchObject({ limit: 'errors', count: 1 });
});

test('a limit that shows in the words of a refusal alone is explained where it takes several events', async () => {
  const locking: Partial<Behaviour> = {
    answer: (sound, _event, { session }) =>
      sound.code === 535 && session.failedLogins >= 3
        ? { ...sound, lines: ['Locked, for too many of them'] }
        : sound,
  };
  const found = await explained({ behaviour: locking }, [ehlo('a'), wrong, wrong], [ehlo('p'), wrong]);
  expect([found?.limit, found?.count]).toEqual(['failed-logins', 2]);
});

test('words that tell which command came last are no limit, though an event of that kind brings them, too', async () => {
  const tells: Behaviour['answer'] = (sound, event, { progress }) =>
    event === 'unknown' && progress > 0 ? { ...sound, lines: ['Unknown command after VRFY'] } : sound;
  const behaviour: Partial<Behaviour> = {
    follow: (seen, { event }) => (event === 'vrfy' ? 1 : seen),
    answer: tells,
  };
  const vrfy: Step = { kind: 'vrfy', argument: 'a' };
  expect(await explained({ behaviour }, [vrfy], [UNKNOWN])).toBeUndefined();
});

test('what no event brings is told by one run for each way of counting', async () => {
  const refuses: Partial<Behaviour> = {
    follow: (seen, { line }) => (line.includes('[') ? 1 : seen),
    judge: (event, _argument, { secure, progress }) =>
      event === 'mail' && secure && progress === 1 ? { code: 550, lines: ['Not you'] } : 'sound',
  };
  const leads: number[] = [];
  const after = [ehlo('p'), mail('q')];
  class Watched extends Experiment {
    override fresh(...[scenario, speech]: Parameters<Experiment['fresh']>): ReturnType<Experiment['fresh']> {
      leads.push(scenario.after.length - after.length);
      return super.fresh(scenario, speech);
    }
  }
  const probed = await probe(referenceInMemory({ behaviour: { ...SOUND, ...refuses } }));
  const experiment = new Watched({ ...probed, baseline: 'starttls-first', claims: CLAIMS, jobs: 8 });
  const before: Step[] = [{ kind: 'ehlo', name: 'a', literal: true }];
  const scenario: Scenario = { before, upgrade: { handshake: { kind: 'sound', version: '1.3' } }, after };
  const [deviation] = (await experiment.examineAnew(scenario)).deviations;
  if (deviation === undefined) throw new Error('used and fresh run do not differ');
  leads.length = 0;
  expect(await explainByLimit(experiment, scenario, deviation)).toBeUndefined();
  const ways = WAYS.filter(
    ({ kinds, piped }) => piped !== true && (kinds === undefined || kinds.includes('ehlo')),
  );
  expect(leads.filter(lead => lead > 0)).toHaveLength(ways.length);
  // The fresh run of the pair that shows it once more.
  expect(leads.filter(lead => lead === 0)).toHaveLength(1);
});

/** Refuses DATA for the recipients that were refused, where it is out of order anyhow. */
const tellsOfRefused = (fewest: number): Partial<Behaviour> => ({
  follow: (seen, { event, accepted }) => (event === 'rcpt' && !accepted ? seen + 1 : seen),
  answer: (sound, event, { progress }) =>
    event === 'data' && sound.code === 503 && progress >= fewest
      ? { ...sound, code: 554, lines: ['No valid recipients'] }
      : sound,
});
const REFUSED_RCPT: Step = { kind: 'rcpt', to: 'a', foreign: true };
const DATA: Step = { kind: 'data', body: 'plain', token: 'c' };

test('another reason for what is out of order is no limit where one event brings it, and is one where it takes several', async () => {
  const before = [ehlo('a'), mail('b'), ...times(3, REFUSED_RCPT)];
  const after = [ehlo('p'), mail('q'), DATA];
  expect(await explained({ behaviour: tellsOfRefused(1) }, before, after)).toBeUndefined();
  expect(await explained({ behaviour: tellsOfRefused(3) }, before, after)).toMatchObject({ count: 3 });
});

test('it is a limit, though one event more brings it, where refusals in TLS have brought most of it', async () => {
  const before = [ehlo('a'), mail('b'), REFUSED_RCPT];
  const after = [ehlo('p'), mail('q'), ...times(2, REFUSED_RCPT), DATA];
  expect(await explained({ behaviour: tellsOfRefused(3) }, before, after)).toMatchObject({ count: 1 });
});

test('a limit is explained where one step brings several errors, and both connections end in it', async () => {
  // Where there is no CHUNKING the lines of a chunk are commands, too.
  const lines: Step = { kind: 'bytes', bytes: 'ONE\nTWO\nTHREE\nFOUR\nFIVE\n' };
  const limit = await explained({ limits: { errors: 4 } }, [UNKNOWN], [lines]);
  expect(limit?.limit).toBe('errors');
  expect(limit?.count).toBe(1);
});

test('a server that counts no line ends is seen to count bytes', async () => {
  const long: Step = { kind: 'line', text: `NOOP ${'x'.repeat(100)}` };
  const limit = await explained(
    {
      behaviour: {
        // Arguments alone: of one event's bytes a smaller part than of these lines', so that it takes more of them.
        follow: (seen, { line }) => seen + line.length - 4,
        judge: (_event, _argument, { progress }) =>
          progress > 1_310 ? { code: 421, lines: ['Too much'], close: true } : 'sound',
      },
    },
    times(12, long),
    [long, long, long],
  );
  expect(limit?.limit).toBe('bytes');
});

describe('a number in the text of a reply', () => {
  const told = (count: (seen: number) => string): Partial<Behaviour> => ({
    follow: seen => seen + 1,
    answer: (sound, event, { progress }) =>
      event === 'rset' ? { ...sound, lines: [count(progress)] } : sound,
  });
  const NOOP: Step = { kind: 'noop' };

  test('that as many commands bring after TLS is a count', async () => {
    const explanation = await explained(
      { behaviour: told(seen => `Command ${seen} of yours.`) },
      times(4, NOOP),
      [RSET],
    );
    expect(explanation?.limit).toBe('commands');
    expect(explanation?.count).toBe(4);
  });

  test('that is told from the first one on is a count', async () => {
    const behaviour = told(seen => (seen === 0 ? 'Nothing' : `${seen} commands so far`));
    const explanation = await explained({ behaviour }, times(3, NOOP), [RSET]);
    expect(explanation).toMatchObject({ limit: 'commands', count: 3 });
  });

  test('that only the used run has, and nothing after TLS brings, is knowledge', async () => {
    const remembers: Partial<Behaviour> = {
      answer: (sound, event, { beforeTls }) =>
        event === 'rset' ? { ...sound, lines: [beforeTls?.greeting ? 'Fine, 1 greeting' : 'Fine'] } : sound,
    };
    expect(await explained({ behaviour: remembers }, [ehlo('a')], [RSET])).toBeUndefined();
  });

  test('that nothing after TLS brings is knowledge', async () => {
    const behaviour = told(() => 'Nothing so far');
    const remembers: Partial<Behaviour> = {
      ...behaviour,
      answer: (sound, event, { beforeTls }) =>
        event === 'rset' ? { ...sound, lines: [`Greeted ${beforeTls?.greeting ? 1 : 0} times`] } : sound,
    };
    expect(await explained({ behaviour: remembers }, [ehlo('a')], [RSET])).toBeUndefined();
  });
});

describe('a number in the list', () => {
  const listing = (line: (seen: number, beforeTls: boolean) => string): Partial<Behaviour> => ({
    follow: (seen, { event, accepted }) => seen + (event === 'mail' && accepted ? 1 : 0),
    answer: (sound, event, { progress, beforeTls }) =>
      event === 'ehlo'
        ? { ...sound, lines: [...sound.lines, line(progress, beforeTls?.greeting !== undefined)] }
        : sound,
  });
  const before = [ehlo('a'), ...times(2, mail('a'), RSET)];

  test('that as many transactions bring after TLS is a count', async () => {
    const behaviour = listing(seen => `LIMITS MAILMAX=${9 - seen} RCPTMAX=5`);
    const explanation = await explained({ behaviour }, before, [ehlo('p')]);
    expect(explanation).toMatchObject({ limit: 'transactions', count: 2 });
  });

  test('that nothing after TLS brings is knowledge', async () => {
    const behaviour = listing((_, isKnown) => `SIZE ${isKnown ? 1_000 : 2_000}`);
    expect(await explained({ behaviour }, before, [ehlo('p')])).toBeUndefined();
  });
});

test('the three runs stand in the explanation: refused, served, refused again behind the events', async () => {
  const explanation = await explained({ limits: { unknown: 5 } }, times(3, UNKNOWN), times(3, UNKNOWN));
  const codes = (run: 'used' | 'fresh' | 'transplanted', step: number): (number | string)[] =>
    explanation?.example.transcripts[run].entries.flatMap(entry =>
      entry.kind === 'received' &&
      entry.part === 'after' &&
      entry.step === step &&
      entry.reply.kind === 'reply'
        ? [entry.reply.code]
        : [],
    ) ?? [];
  const { count, example: { at: step = 0, lead = 0 } = {} } = explanation ?? {};
  expect(count).toBe(3);
  expect(codes('used', step)).toEqual([421]);
  expect(codes('fresh', step)).toEqual([500]);
  expect(codes('transplanted', step + lead)).toEqual([421]);
});

test('what a server answers now so, now so, is no limit, though so many ways of counting are tried', async () => {
  const drawn = chance();
  const fickle: Partial<Behaviour> = {
    answer: (sound, event, { secure }) =>
      secure && event === 'noop' && drawn() < 0.5 ? { code: 452, lines: ['Not now'] } : sound,
  };
  const outcomes: (LimitExplanation | undefined)[] = [];
  for (let tries = 0; tries < 40; tries++)
    // Where both runs are answered alike there is nothing to explain.
    await explained({ behaviour: fickle }, times(4, RSET), [{ kind: 'noop' }]).then(
      outcome => outcomes.push(outcome),
      () => {},
    );
  expect(outcomes.length).toBeGreaterThan(5);
  expect(outcomes.filter(outcome => outcome !== undefined).length).toBeLessThan(2);
});

describe('what a refusal may look like and yet is knowledge', () => {
  const no = (code: number, text: string, close = false) => ({ code, lines: [text], close });

  test('a transaction that outlived TLS looks like one MAIL too many', async () => {
    const behaviour: Partial<Behaviour> = {
      flipped: () => new Set(['sender', 'greeting']),
      judge: (event, _, { session, secure }) =>
        secure && event === 'mail' && session.sender !== undefined
          ? no(421, 'Too many transactions', true)
          : 'sound',
    };
    expect(await explained({ behaviour }, [ehlo('a'), mail('a')], [mail('p'), RSET])).toBeUndefined();
  });

  test('a sender that is refused because it is not the first one', async () => {
    const behaviour = FAULTS.find(({ name }) => name === 'mail-bound-to-sender')?.options.behaviour;
    const before = [ehlo('a'), mail('a')];
    const after = [ehlo('p'), mail('q')];
    expect(await explained({ behaviour: behaviour ?? {} }, before, after)).toBeUndefined();
  });

  test('a transaction that is refused because the first one had another greeting', async () => {
    const digest = (text: string): number =>
      ([...text].reduce((sum, letter) => sum + letter.charCodeAt(0), 1) % 999) + 1;
    const behaviour: Partial<Behaviour> = {
      // The name of the first transaction, and the last one that was said.
      follow: (names, { event, accepted, line }) => {
        const [first, last] = [Math.floor(names / 1_000), names % 1_000];
        if (event === 'ehlo') return first * 1_000 + digest(line);
        return event === 'mail' && accepted && first === 0 ? last * 1_000 + last : names;
      },
      judge: (event, _, { progress }) =>
        event === 'mail' && progress >= 1_000 && Math.floor(progress / 1_000) !== progress % 1_000
          ? no(550, 'You gave another name before')
          : 'sound',
    };
    const before = [ehlo('a'), mail('b')];
    for (const name of ['p', 'q']) {
      const after: Step[] = [{ kind: 'ehlo', name, ...(name === 'q' ? { long: true } : {}) }, mail('r')];
      expect(await explained({ behaviour }, before, after)).toBeUndefined();
    }
  });

  test('a recipient that is refused because it was named before', async () => {
    const behaviour: Partial<Behaviour> = {
      judge: (event, argument, { beforeTls }) =>
        event === 'rcpt' && beforeTls?.recipients.some(({ address }) => argument.includes(address)) === true
          ? no(452, 'Too many recipients')
          : 'sound',
    };
    const before = [ehlo('a'), mail('a'), rcpt('b')];
    expect(await explained({ behaviour }, before, [ehlo('p'), mail('p'), rcpt('b')])).toBeUndefined();
  });

  test('a recipient that is refused because the first one was of another domain', async () => {
    const domainOf = (line: string): number => (/@elsewhere/.test(line) ? 2 : 1);
    const behaviour: Partial<Behaviour> = {
      relays: () => true,
      follow: (first, { event, accepted, line }) =>
        event === 'rcpt' && accepted && first === 0 ? domainOf(line) : first,
      judge: (event, argument, { progress }) =>
        event === 'rcpt' && progress !== 0 && progress !== domainOf(argument)
          ? no(452, 'One domain a connection')
          : 'sound',
    };
    const after = [ehlo('p'), mail('p'), FOREIGN];
    expect(await explained({ behaviour }, [ehlo('a'), mail('a'), rcpt('b')], after)).toBeUndefined();
  });

  test('a name for which less is allowed', async () => {
    const behaviour: Partial<Behaviour> = {
      judge: (event, _, { session, beforeTls }) =>
        event === 'mail' && beforeTls?.greeting?.verb === 'HELO' && session.transactions > 0
          ? no(421, 'Too many transactions', true)
          : 'sound',
    };
    const after = [ehlo('p'), mail('p'), RSET, mail('q'), RSET];
    expect(await explained({ behaviour }, [{ kind: 'helo', name: 'a' }], after)).toBeUndefined();
  });

  test.each([500, 501, 502, 503, 504, 555])('%i on an open connection is about state', async code => {
    const limits = { transactions: 2 };
    const behaviour: Partial<Behaviour> = {
      judge: (event, _, { session }) =>
        event === 'mail' && session.transactions >= limits.transactions ? no(code, 'No more') : 'sound',
    };
    const before = [ehlo('a'), ...times(2, mail('a'), RSET)];
    const after = [ehlo('p'), mail('p'), { kind: 'noop' } as const];
    expect(await explained({ behaviour }, before, after)).toBeUndefined();
    const closing: Partial<Behaviour> = {
      judge: (event, _, { session }) =>
        event === 'mail' && session.transactions >= limits.transactions ? no(code, 'No more', true) : 'sound',
    };
    expect((await explained({ behaviour: closing }, before, after))?.limit).toBe('transactions');
  });

  test('a greeting that outlived TLS lets a login fail that would not have begun', async () => {
    const behaviour: Partial<Behaviour> = { flipped: () => new Set(['greeting']) };
    const before = [ehlo('a'), mail('a'), RSET];
    expect(await explained({ behaviour }, before, [{ ...wrong, user: 'p' }])).toBeUndefined();
  });

  test('that HELO was said, though a HELO after TLS brings the same: it is no neutral event', async () => {
    const behaviour: Partial<Behaviour> = {
      flipped: () => new Set(['greeting']),
      judge: (event, _, { session }) =>
        event === 'rcpt' && session.greeting?.verb === 'HELO' ? no(550, 'Not behind HELO') : 'sound',
    };
    const before: Step[] = [{ kind: 'helo', name: 'a' }];
    expect(await explained({ behaviour }, before, [rcpt('p')])).toBeUndefined();
  });

  test('what is granted is never a limit', async () => {
    const behaviour: Partial<Behaviour> = { flipped: () => new Set(['login']) };
    const login: Step = { kind: 'auth', mechanism: 'PLAIN', answer: 'right', user: 'a' };
    const relayed: Step = { kind: 'rcpt', to: 'p', foreign: true };
    const after = [ehlo('p'), mail('p'), relayed];
    expect(await explained({ behaviour }, [ehlo('a'), login], after)).toBeUndefined();
  });
});

test('what is taken again once it was refused is no limit: one that is passed stays passed', async () => {
  const isRefused = (served: number): boolean => served === 2 || served === 4;
  const moody: Partial<Behaviour> = {
    follow: (mails, { event }) => mails + (event === 'mail' ? 1 : 0),
    judge: (event, _argument, { progress }) =>
      event === 'mail' && isRefused(progress) ? { code: 451, lines: ['Not now'] } : 'sound',
  };
  const before = [ehlo('a'), ...times(2, mail('a'), RSET)];
  expect(await explained({ behaviour: moody }, before, [ehlo('p'), mail('p')], 'mail')).toBeUndefined();
  const strict: Partial<Behaviour> = {
    ...moody,
    judge: (event, _argument, { progress }) =>
      event === 'mail' && progress >= 2 ? { code: 451, lines: ['Not now'] } : 'sound',
  };
  expect(await explained({ behaviour: strict }, before, [ehlo('p'), mail('p')], 'mail')).toBeDefined();
});
