/** Steps spelled in bytes. */

import { describe, expect, test } from 'vitest';
import { BODIES, type Glue, type SPELLINGS, type Step, type Upgrade } from '../src/scenario.ts';
import {
  commandLine,
  digestLine,
  exchanges as exchangesOf,
  glue,
  messageMark,
  placeOf,
  type Speech,
  token,
  upgradeLine,
  upgradeSegments,
} from '../src/spell.ts';
import { ALL_STEPS } from './steps.ts';

const SPEECH: Speech = {
  nonce: 'zq7',
  user: 'tester',
  password: 'secret',
  recipient: '*@lab.example',
};
const SOUND = { kind: 'sound', version: '1.3' } as const;

/** The exchanges that are spelled before anything is heard. */
const exchanges = (...asked: Parameters<typeof exchangesOf>) =>
  exchangesOf(...asked).flatMap(exchange => ('send' in exchange ? [exchange] : []));
const sent = (step: Step, speech = SPEECH): readonly string[] =>
  exchanges(step, speech, 'after.0').map(({ send }) => send);
const decoded = (line: string): string => Buffer.from(line.trim(), 'base64').toString('latin1');

test('EHLO is LHLO in LMTP, which has no EHLO', () => {
  const inLmtp: Speech = { ...SPEECH, protocol: 'lmtp' };
  for (const kind of ['ehlo', 'lhlo'] as const)
    expect(sent({ kind, name: 'b', spelling: 'lower' }, inLmtp)).toEqual(['lhlo zq7b.example\r\n']);
  expect(sent({ kind: 'helo', name: 'b' }, inLmtp)).toEqual(['HELO zq7b.example\r\n']);
});

test.each<[Step, RegExp]>([
  [{ kind: 'ehlo', name: 'a', long: true }, /^EHLO ((?=.{255}$)zq7a(?:\.x{1,63})+\.example)$/],
  [{ kind: 'mail', from: 'a', long: true }, /^MAIL FROM:<zq7ax{60}@sender\.example>$/],
  [{ kind: 'rcpt', to: 'a', long: true, international: true }, /^RCPT TO:<zq7ax{58}\xc3\xa9@lab\.example>$/],
  [{ kind: 'mail', from: 'a', long: true, quoted: true }, /^MAIL FROM:<"zq7ax{58}"@sender\.example>$/],
])('a name is as long as it may be, and no longer: %j', (step, line) => {
  expect(commandLine(step, SPEECH)).toMatch(line);
});

describe('a command line', () => {
  test.each<[Step, string]>([
    [{ kind: 'helo', name: 'a' }, 'HELO zq7a.example'],
    [{ kind: 'ehlo', name: 'b' }, 'EHLO zq7b.example'],
    [{ kind: 'lhlo', name: 'c' }, 'LHLO zq7c.example'],
    [{ kind: 'ehlo', name: 'a', literal: true }, 'EHLO [192.0.2.77]'],
    [{ kind: 'mail', from: 'a', quoted: true }, 'MAIL FROM:<"zq7a"@sender.example>'],
    [{ kind: 'rcpt', to: 'a', quoted: true }, 'RCPT TO:<"zq7a"@lab.example>'],
    [{ kind: 'mail', from: 'a' }, 'MAIL FROM:<zq7a@sender.example>'],
    [{ kind: 'mail', from: null }, 'MAIL FROM:<>'],
    [{ kind: 'mail', from: 'a', local: true }, 'MAIL FROM:<zq7a@lab.example>'],
    [{ kind: 'mail', from: null, local: true }, 'MAIL FROM:<>'],
    [
      {
        kind: 'mail',
        from: 'a',
        size: 0,
        body: 'BINARYMIME',
        smtputf8: true,
        ret: 'FULL',
        envid: 'b',
        auth: 'c',
        requiretls: true,
        by: '120;N',
        holdFor: 300,
        priority: 3,
      },
      'MAIL FROM:<zq7a@sender.example> SIZE=0 BODY=BINARYMIME SMTPUTF8 RET=FULL ENVID=zq7b AUTH=zq7c@sender.example REQUIRETLS BY=120;N HOLDFOR=300 MT-PRIORITY=3',
    ],
    [{ kind: 'rcpt', to: 'a' }, 'RCPT TO:<zq7a@lab.example>'],
    [{ kind: 'rcpt', to: 'a', postmaster: true }, 'RCPT TO:<Postmaster>'],
    [{ kind: 'rcpt', to: 'a', foreign: true }, 'RCPT TO:<zq7a@elsewhere.example>'],
    [{ kind: 'rcpt', to: 'a', international: true }, 'RCPT TO:<zq7a\xc3\xa9@lab.example>'],
    [
      { kind: 'mail', from: 'a', international: true, smtputf8: true },
      'MAIL FROM:<zq7a\xc3\xa9@sender.example> SMTPUTF8',
    ],
    [
      { kind: 'rcpt', to: 'a', notify: 'SUCCESS', orcpt: 'b' },
      'RCPT TO:<zq7a@lab.example> NOTIFY=SUCCESS ORCPT=rfc822;zq7b@lab.example',
    ],
    [{ kind: 'rset' }, 'RSET'],
    [{ kind: 'noop', argument: 'a' }, 'NOOP zq7a'],
    [{ kind: 'vrfy', argument: 'a' }, 'VRFY zq7a'],
    [{ kind: 'expn', argument: 'a' }, 'EXPN zq7a'],
    [{ kind: 'help' }, 'HELP'],
    [{ kind: 'quit' }, 'QUIT'],
    [{ kind: 'starttls' }, 'STARTTLS'],
    [{ kind: 'starttls', argument: 'a' }, 'STARTTLS zq7a'],
    [{ kind: 'xclient', attribute: 'NAME', value: 'a' }, 'XCLIENT NAME=zq7a.example'],
    [{ kind: 'xclient', attribute: 'LOGIN', value: 'a' }, 'XCLIENT LOGIN=zq7a'],
    [{ kind: 'xforward', attribute: 'ADDR', value: 'a' }, 'XFORWARD ADDR=192.0.2.77'],
    [{ kind: 'xforward', attribute: 'PROTO', value: 'a' }, 'XFORWARD PROTO=ESMTP'],
    [{ kind: 'line', text: 'FROB x' }, 'FROB x'],
    [{ kind: 'line', text: 'ab', times: 3 }, 'ababab'],
  ])('of %j', (step, line) => {
    expect(commandLine(step, SPEECH)).toBe(line);
    expect(sent(step)).toEqual([`${line}\r\n`]);
  });

  test.each<[Step['kind'] & ('ehlo' | 'rset'), (typeof SPELLINGS)[number], string]>([
    ['ehlo', 'lower', 'ehlo zq7a.example'],
    ['ehlo', 'mixed', 'EhLo zq7a.example'],
    ['ehlo', 'leading-blank', ' EHLO zq7a.example'],
    ['ehlo', 'double-blank', 'EHLO  zq7a.example'],
    ['ehlo', 'trailing-blank', 'EHLO zq7a.example '],
    ['ehlo', 'tab', 'EHLO\tzq7a.example'],
    ['rset', 'lower', 'rset'],
    ['rset', 'mixed', 'RsEt'],
    ['rset', 'leading-blank', ' RSET'],
    ['rset', 'double-blank', 'RSET  '],
    ['rset', 'trailing-blank', 'RSET '],
    ['rset', 'tab', 'RSET\t'],
  ])('of %s, spelled %s, is %j', (kind, spelling, line) => {
    const step: Step = kind === 'ehlo' ? { kind, name: 'a', spelling } : { kind, spelling };
    expect(commandLine(step, SPEECH)).toBe(line);
  });

  test('uses the EHLO name and the recipient that the target insists on', () => {
    const speech: Speech = { ...SPEECH, helo: 'me.example', recipient: 'known@lab.example' };
    expect(sent({ kind: 'ehlo', name: 'a' }, speech)).toEqual(['EHLO me.example\r\n']);
    expect(sent({ kind: 'rcpt', to: 'a' }, speech)).toEqual(['RCPT TO:<known@lab.example>\r\n']);
  });
});

test('a name is the same token wherever it stands, and another in another run', () => {
  expect(token(SPEECH, 'a')).toBe('zq7a');
  expect(token({ ...SPEECH, nonce: 'zx9' }, 'a')).toBe('zx9a');
  expect(messageMark(SPEECH, 'a', 'after.3')).toBe('zq7a.after.3.');
});

test('messages of the same shape have as many bytes wherever they are sent, for servers that count', () => {
  const lengths = (['before', 'after'] as const).flatMap(part =>
    [0, 12].map(step => exchanges({ kind: 'data', body: 'plain', token: 'a' }, SPEECH, placeOf(part, step))),
  );
  expect(new Set(lengths.map(data => data[1]?.send.length)).size).toBe(1);
});

test.each(ALL_STEPS.map(step => [step]))('every string holds one byte a character: %j', step => {
  for (const send of sent(step)) expect(send).toMatch(/^[\0-\xff]*$/);
});

describe('steps without a line', () => {
  test('bytes go as they are', () => {
    expect(sent({ kind: 'bytes', bytes: '\0\xff\n' })).toEqual(['\0\xff\n']);
  });

  test('a pause and a close send nothing', () => {
    expect(sent({ kind: 'pause', ms: 1 })).toEqual([]);
    expect(sent({ kind: 'close', how: 'fin' })).toEqual([]);
  });
});

/** What a server makes of the message that DATA sends (RFC 5321, section 4.5.2). */
function received(sentMessage: string): string {
  expect(sentMessage.endsWith('\r\n.\r\n') || sentMessage === '.\r\n').toBe(true);
  const text = sentMessage.slice(0, -3);
  expect(text, 'the message does not end before its end').not.toMatch(/(?:^|\r\n)\.\r\n/);
  return text.replace(/(^|\r\n)\./g, '$1');
}

describe.each(BODIES)('a message with the body %s', body => {
  const data = exchanges({ kind: 'data', body, token: 'a' }, SPEECH, 'after.3');
  const bdat = exchanges({ kind: 'bdat', body, token: 'a' }, SPEECH, 'after.3');

  test('is sent by DATA only behind a 354, and comes out as BDAT sends it', () => {
    expect(data.map(({ on }) => on)).toEqual([undefined, 354]);
    expect(data[0]?.send).toBe('DATA\r\n');
    const [, , chunk] = /^(BDAT \d+\r\n)(.*)$/s.exec(bdat[0]?.send ?? '') ?? [];
    expect(received(data[1]?.send ?? '')).toBe(chunk);
  });

  test('is sent by BDAT with its length, in one exchange', () => {
    expect(bdat).toHaveLength(1);
    const [, length, chunk] = /^BDAT (\d+)\r\n(.*)$/s.exec(bdat[0]?.send ?? '') ?? [];
    expect(chunk).toHaveLength(Number(length));
    expect(sent({ kind: 'bdat', body, token: 'a', last: true })[0]).toMatch(/^BDAT \d+ LAST\r\n/);
  });

  test('holds its mark, unless it is empty', () => {
    expect(data[1]?.send.includes(messageMark(SPEECH, 'a', 'after.3'))).toBe(body !== 'empty');
  });
});

describe('dots', () => {
  test('at the head of a line are doubled in DATA', () => {
    const [, { send } = { send: '' }] = exchanges({ kind: 'data', body: 'dots', token: 'a' }, SPEECH, '');
    expect(send.endsWith('\r\n\r\n..\r\n...\r\n..dot\r\n.\r\n')).toBe(true);
  });

  test('are left alone in BDAT', () => {
    expect(sent({ kind: 'bdat', body: 'dots', token: 'a' })[0]?.endsWith('\r\n.\r\n..\r\n.dot\r\n')).toBe(
      true,
    );
  });
});

describe('AUTH', () => {
  const auth = (step: Omit<Extract<Step, { kind: 'auth' }>, 'kind' | 'user'>) =>
    exchanges({ kind: 'auth', user: 'a', ...step }, SPEECH, '');

  test('PLAIN with the right answer', () => {
    const [first, second, ...rest] = auth({ mechanism: 'PLAIN', answer: 'right' });
    expect(first).toEqual({ send: 'AUTH PLAIN\r\n' });
    expect(decoded(second?.send ?? '')).toBe('\0tester\0secret');
    expect(second?.on).toBe(334);
    expect(rest).toEqual([]);
  });

  test('PLAIN with an initial response', () => {
    const [first, ...rest] = auth({ mechanism: 'PLAIN', answer: 'right', initial: true });
    const [, response = ''] = /^AUTH PLAIN (\S+)\r\n$/.exec(first?.send ?? '') ?? [];
    expect(decoded(response)).toBe('\0tester\0secret');
    expect(rest).toEqual([]);
  });

  test('LOGIN asks for two answers, each behind a 334', () => {
    const [first, user, password] = auth({ mechanism: 'LOGIN', answer: 'right' });
    expect(first?.send).toBe('AUTH LOGIN\r\n');
    expect([user?.on, password?.on]).toEqual([334, 334]);
    expect([user?.send, password?.send].map(line => decoded(line ?? ''))).toEqual(['tester', 'secret']);
  });

  test('LOGIN with an initial response sends the user with the command', () => {
    const [first, password, ...rest] = auth({ mechanism: 'LOGIN', answer: 'right', initial: true });
    expect(decoded(first?.send.replace('AUTH LOGIN ', '') ?? '')).toBe('tester');
    expect(decoded(password?.send ?? '')).toBe('secret');
    expect(rest).toEqual([]);
  });

  test('with a wrong answer says a user of its own and never the right password', () => {
    const [, answer] = auth({ mechanism: 'PLAIN', answer: 'wrong' });
    expect(decoded(answer?.send ?? '')).toBe('\0zq7a\0not-the-password');
  });

  test('cancelled sends a star behind the 334', () => {
    expect(auth({ mechanism: 'LOGIN', answer: 'cancelled' })).toEqual([
      { send: 'AUTH LOGIN\r\n' },
      { send: '*\r\n', on: 334 },
    ]);
  });

  test('left open sends nothing behind the command', () => {
    expect(auth({ mechanism: 'PLAIN', answer: 'open' })).toEqual([{ send: 'AUTH PLAIN\r\n' }]);
  });

  test('is left by who has given a name, where that is asked first', () => {
    const left = (answer: 'open' | 'cancelled') => auth({ mechanism: 'LOGIN', answer, named: true });
    const name = { send: `${Buffer.from('zq7a').toString('base64')}\r\n`, on: 334 };
    expect(left('open')).toEqual([{ send: 'AUTH LOGIN\r\n' }, name]);
    expect(left('cancelled')).toEqual([{ send: 'AUTH LOGIN\r\n' }, name, { send: '*\r\n', on: 334 }]);
    expect(auth({ mechanism: 'PLAIN', answer: 'open', named: true })).toEqual([{ send: 'AUTH PLAIN\r\n' }]);
  });

  test('left with an initial response, LOGIN has said its user; PLAIN would be ended by it, and says none', () => {
    const [command, ...rest] = auth({ mechanism: 'LOGIN', answer: 'open', initial: true });
    expect(decoded(command?.send.replace('AUTH LOGIN ', '') ?? '')).toBe('zq7a');
    expect(rest).toEqual([]);
    expect(auth({ mechanism: 'LOGIN', answer: 'cancelled', initial: true })).toEqual([
      command,
      { send: '*\r\n', on: 334 },
    ]);
    expect(auth({ mechanism: 'PLAIN', answer: 'open', initial: true })).toEqual([{ send: 'AUTH PLAIN\r\n' }]);
  });

  test('CRAM-MD5 answers the challenge, and none of its words stands in a password', () => {
    const step: Step = { kind: 'auth', mechanism: 'CRAM-MD5', answer: 'right', user: 'a', initial: true };
    const [command, answer, ...rest] = exchangesOf(step, SPEECH, '');
    expect(command).toEqual({ send: 'AUTH CRAM-MD5\r\n' });
    expect(answer).toEqual({ digest: { user: 'tester', password: 'secret' }, on: 334 });
    expect(rest).toEqual([]);
  });

  test('a challenge is answered as in the example of RFC 2195, section 2', () => {
    const challenge = 'PDE4OTYuNjk3MTcwOTUyQHBvc3RvZmZpY2UucmVzdG9uLm1jaS5uZXQ+';
    expect(digestLine({ user: 'tim', password: 'tanstaaftanstaaf' }, challenge)).toBe(
      'dGltIGI5MTNhNjAyYzdlZGE3YTQ5NWI0ZTZlNzMzNGQzODkw\r\n',
    );
  });

  test('keeps an odd spelling in front of its initial response', () => {
    const [first] = auth({ mechanism: 'PLAIN', answer: 'right', initial: true, spelling: 'lower' });
    expect(first?.send).toMatch(/^auth PLAIN \S+\r\n$/);
  });
});

describe('the upgrade', () => {
  const lines: Glue = { lines: [{ kind: 'noop' }, { kind: 'rset' }], times: 2, ending: 'CRLF' };
  const rows: readonly (readonly [string, Omit<Upgrade, 'handshake'>, string])[] = [
    ['alone', {}, 'STARTTLS\r\n'],
    ['in an odd spelling', { spelling: 'trailing-blank' }, 'STARTTLS \r\n'],
    ['with an argument', { argument: 'a' }, 'STARTTLS zq7a.example\r\n'],
    [
      'with lines glued to it, in order, again and again',
      { glued: lines },
      'STARTTLS\r\nNOOP\r\nRSET\r\nNOOP\r\nRSET\r\n',
    ],
    ['with lines ended by LF', { glued: { ...lines, times: 1, ending: 'LF' } }, 'STARTTLS\r\nNOOP\nRSET\n'],
    [
      'with a fragment, once and without its line end',
      { glued: { ...lines, fragment: { kind: 'noop', argument: 'a' } } },
      'STARTTLS\r\nNOOP\r\nRSET\r\nNOOP\r\nRSET\r\nNOOP zq7a',
    ],
    ['with what follows in a segment of its own left out', { segment: lines }, 'STARTTLS\r\n'],
  ];
  test.each(rows)('%s', (_how, upgrade, bytes) => {
    expect(upgradeLine({ ...upgrade, handshake: SOUND }, SPEECH)).toBe(bytes);
  });

  test('may carry a burst of thousands of lines', () => {
    const burst = glue({ lines: [{ kind: 'noop' }], times: 2_000, ending: 'CRLF' }, SPEECH);
    expect(burst).toBe('NOOP\r\n'.repeat(2_000));
  });

  test('may carry bytes and a mere fragment', () => {
    const fragment: Step = { kind: 'bytes', bytes: 'NO' };
    expect(glue({ lines: [], times: 1, ending: 'CRLF', fragment }, SPEECH)).toBe('NO');
  });
});

test('a STARTTLS that is split comes in two segments, cut in its verb or before its LF, and is the same line', () => {
  const glued: Glue = { lines: [{ kind: 'noop' }], times: 1, ending: 'CRLF' };
  const upgrade: Upgrade = { spelling: 'lower', glued, handshake: SOUND };
  expect(upgradeSegments(upgrade, SPEECH)).toEqual(['starttls\r\nNOOP\r\n']);
  expect(upgradeSegments({ ...upgrade, split: 'verb' }, SPEECH)).toEqual(['start', 'tls\r\nNOOP\r\n']);
  expect(upgradeSegments({ ...upgrade, split: 'line-end' }, SPEECH)).toEqual(['starttls\r', '\nNOOP\r\n']);
});
