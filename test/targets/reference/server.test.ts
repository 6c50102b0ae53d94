/** The reference server: bytes in, bytes out. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Event, MACHINE, phaseOf } from '../../../src/smtp/machine.ts';
import { type Reply, ReplyParser } from '../../../src/smtp/reply.ts';
import type { TlsKnowledge } from '../../../src/smtp/session.ts';
import { SOUND } from '../../../src/targets/reference/behaviour.ts';
import {
  type DeliveredMessage,
  type ServerOptions,
  serverOptions,
} from '../../../src/targets/reference/options.ts';
import { type Output, ReferenceServer } from '../../../src/targets/reference/server.ts';

const TLS: TlsKnowledge = { version: 'TLSv1.3', resumed: false };
const PLAIN = Buffer.from('\0tester\0secret').toString('base64');
const [USER, PASSWORD] = ['tester', 'secret'].map(text => Buffer.from(text).toString('base64'));
const WRONG = Buffer.from('\0tester\0wrong').toString('base64');

/** A server that was greeted. */
function opened(options: Partial<ServerOptions> = {}): ReferenceServer {
  const server = new ReferenceServer(serverOptions(options), 0);
  server.greeting();
  return server;
}

function replies(...outputs: readonly Output[]): readonly Reply[] {
  const parser = new ReplyParser();
  for (const { bytes } of outputs) parser.feed(bytes);
  const found: Reply[] = [];
  for (let next = parser.next(); next !== undefined; next = parser.next()) {
    expect(next.kind).toBe('reply');
    if (next.kind === 'reply') found.push(next);
  }
  expect(parser.rest()).toBe('');
  return found;
}

const codes = (...outputs: readonly Output[]): readonly number[] =>
  replies(...outputs).map(({ code }) => code);
const says = (server: ReferenceServer, ...lines: readonly string[]): readonly number[] =>
  codes(server.receive(lines.map(line => `${line}\r\n`).join('')));

const GREETED = ['EHLO a'];
const SENDER = [...GREETED, 'MAIL FROM:<a@b>'];
const RECIPIENT = [...SENDER, 'RCPT TO:<c@lab.example>'];
const TO_RECIPIENT = [250, 250, 250];

interface Dialogue {
  readonly name: string;
  readonly lines: readonly string[];
  readonly codes: readonly number[];
  readonly options?: Partial<ServerOptions>;
}

const DIALOGUES: readonly Dialogue[] = [
  {
    name: 'a whole transaction',
    lines: [...RECIPIENT, 'DATA', 'hello', '.', 'QUIT'],
    codes: [...TO_RECIPIENT, 354, 250, 221],
  },
  {
    name: 'an empty message',
    lines: [...RECIPIENT, 'DATA', '.', 'NOOP'],
    codes: [...TO_RECIPIENT, 354, 250, 250],
  },
  {
    name: 'commands inside a message',
    lines: [...RECIPIENT, 'DATA', 'QUIT', '..', '.', 'NOOP'],
    codes: [...TO_RECIPIENT, 354, 250, 250],
  },
  { name: 'HELO', lines: ['HELO a', 'MAIL FROM:<>'], codes: [250, 250] },
  { name: 'a greeting without a name', lines: ['EHLO', 'HELO'], codes: [501, 501] },
  {
    name: 'commands in the wrong order',
    lines: [
      'MAIL FROM:<a@b>',
      'RCPT TO:<c@lab.example>',
      'DATA',
      'EHLO a',
      'RCPT TO:<c@lab.example>',
      'DATA',
    ],
    codes: [503, 503, 503, 250, 503, 503],
  },
  { name: 'a second MAIL', lines: [...SENDER, 'MAIL FROM:<d@e>'], codes: [250, 250, 503] },
  {
    name: 'RSET',
    lines: [...RECIPIENT, 'RSET', 'DATA', 'MAIL FROM:<a@b>'],
    codes: [...TO_RECIPIENT, 250, 503, 250],
  },
  {
    name: 'EHLO in a transaction',
    lines: [...RECIPIENT, 'EHLO b', 'DATA'],
    codes: [...TO_RECIPIENT, 250, 503],
  },
  {
    name: 'syntax errors',
    lines: [...GREETED, 'MAIL a@b', 'MAIL FROM:<a@b>', 'RCPT c', 'RCPT TO:<c@lab.example>', 'DATA now'],
    codes: [250, 501, 250, 501, 250, 501],
  },
  {
    name: 'a foreign recipient',
    lines: [...SENDER, 'RCPT TO:<c@elsewhere.example>', 'DATA'],
    codes: [250, 250, 550, 503],
  },
  {
    name: 'a foreign recipient behind a login',
    lines: [...GREETED, `AUTH PLAIN ${PLAIN}`, 'MAIL FROM:<a@b>', 'RCPT TO:<c@elsewhere.example>'],
    codes: [250, 235, 250, 250],
  },
  {
    name: 'a message that is too big',
    lines: [...GREETED, 'MAIL FROM:<a@b> SIZE=99999999'],
    codes: [250, 552],
  },
  { name: 'REQUIRETLS in plaintext', lines: [...GREETED, 'MAIL FROM:<a@b> REQUIRETLS'], codes: [250, 530] },
  {
    name: 'BINARYMIME by DATA',
    lines: [...GREETED, 'MAIL FROM:<a@b> BODY=BINARYMIME', 'RCPT TO:<c@lab.example>', 'DATA'],
    codes: [250, 250, 250, 503],
  },
  {
    name: 'what may be said at any time',
    lines: ['NOOP', 'VRFY a', 'HELP', 'EXPN a', 'RSET', 'noop'],
    codes: [250, 252, 214, 502, 250, 250],
  },
  { name: 'what is unknown', lines: ['', 'FROB', 'LHLO a', 'STARTTLSX'], codes: [500, 500, 500, 500] },
  {
    name: 'chunks',
    lines: [...RECIPIENT, 'BDAT 5', 'abc', 'BDAT 3', 'd', 'BDAT 2 LAST', '', 'NOOP'],
    codes: [...TO_RECIPIENT, 250, 250, 250, 250],
  },
  {
    name: 'an empty last chunk',
    lines: [...RECIPIENT, 'BDAT 5', 'abc', 'BDAT 0 LAST', 'DATA'],
    codes: [...TO_RECIPIENT, 250, 250, 503],
  },
  {
    name: 'an empty last chunk alone',
    lines: [...RECIPIENT, 'BDAT 0 LAST', 'NOOP'],
    codes: [...TO_RECIPIENT, 250, 250],
  },
  {
    name: 'a refused chunk, whose bytes are no commands',
    lines: ['BDAT 6', 'QUIT', 'NOOP'],
    codes: [503, 250],
  },
  {
    name: 'a refused last chunk',
    lines: [...GREETED, 'BDAT 6 LAST', 'QUIT', 'NOOP'],
    codes: [250, 503, 250],
  },
  {
    name: 'DATA between chunks',
    lines: [...RECIPIENT, 'BDAT 2', '', 'DATA', 'RCPT TO:<d@lab.example>', 'NOOP'],
    codes: [...TO_RECIPIENT, 250, 503, 503, 250],
  },
  {
    name: 'RSET between chunks',
    lines: [...RECIPIENT, 'BDAT 2', '', 'RSET', 'BDAT 2', '', 'NOOP'],
    codes: [...TO_RECIPIENT, 250, 250, 503, 250],
  },
  {
    name: 'BDAT without a size',
    lines: [...RECIPIENT, 'BDAT', 'BDAT x', 'BDAT 1 FIRST', 'BDAT -1'],
    codes: [...TO_RECIPIENT, 501, 501, 501, 501],
  },
  { name: 'AUTH PLAIN', lines: [...GREETED, 'AUTH PLAIN', PLAIN], codes: [250, 334, 235] },
  {
    name: 'AUTH PLAIN with an initial response',
    lines: [...GREETED, `auth plain ${PLAIN}`],
    codes: [250, 235],
  },
  {
    name: 'AUTH LOGIN',
    lines: [...GREETED, 'AUTH LOGIN', USER ?? '', PASSWORD ?? ''],
    codes: [250, 334, 334, 235],
  },
  {
    name: 'AUTH LOGIN with an initial response',
    lines: [...GREETED, `AUTH LOGIN ${USER}`, PASSWORD ?? ''],
    codes: [250, 334, 235],
  },
  { name: 'a wrong password', lines: [...GREETED, `AUTH PLAIN ${WRONG}`, 'NOOP'], codes: [250, 535, 250] },
  { name: 'AUTH cancelled', lines: [...GREETED, 'AUTH LOGIN', '*', 'NOOP'], codes: [250, 334, 501, 250] },
  {
    name: 'a command inside AUTH, which is a response',
    lines: [...GREETED, 'AUTH PLAIN', 'QUIT', 'NOOP'],
    codes: [250, 334, 535, 250],
  },
  {
    name: 'AUTH twice',
    lines: [...GREETED, `AUTH PLAIN ${PLAIN}`, `AUTH PLAIN ${PLAIN}`],
    codes: [250, 235, 503],
  },
  {
    name: 'AUTH where it is out of order',
    lines: ['AUTH PLAIN', ...SENDER, 'AUTH PLAIN'],
    codes: [503, 250, 250, 503],
  },
  {
    name: 'AUTH by a mechanism that there is not',
    lines: [...GREETED, 'AUTH', 'AUTH CRAM-MD5'],
    codes: [250, 504, 504],
  },
  { name: 'STARTTLS with a parameter', lines: ['STARTTLS now', 'NOOP'], codes: [501, 250] },
  {
    name: 'XCLIENT and XFORWARD, not allowed',
    lines: [...GREETED, 'XCLIENT NAME=x', 'XFORWARD NAME=x'],
    codes: [250, 502, 502],
  },
  {
    name: 'XCLIENT, which starts the session anew',
    lines: [...GREETED, 'XFORWARD NAME=x', 'XCLIENT NAME=y', 'MAIL FROM:<a@b>'],
    codes: [250, 250, 220, 503],
    options: { proxy: true },
  },
  { name: 'the longest line', lines: [`NOOP ${'x'.repeat(2_041)}`, 'NOOP'], codes: [250, 250] },
  { name: 'a line that is too long', lines: [`NOOP ${'x'.repeat(2_042)}`, 'NOOP'], codes: [500, 250] },
  { name: 'a line that is much too long', lines: ['x'.repeat(20_000), 'NOOP'], codes: [500, 250] },
  { name: 'QUIT, behind which nothing is read', lines: ['QUIT', 'NOOP'], codes: [221] },
];

describe.each(DIALOGUES)('$name', ({ lines, codes: expected, options }) => {
  const bytes = lines.map(line => `${line}\r\n`).join('');

  test('line by line', () => {
    const server = opened(options);
    expect(codes(...lines.map(line => server.receive(`${line}\r\n`)))).toEqual(expected);
  });

  test('pipelined', () => {
    expect(codes(opened(options).receive(bytes))).toEqual(expected);
  });

  test('byte by byte', () => {
    const server = opened(options);
    expect(codes(...[...bytes].map(byte => server.receive(byte)))).toEqual(expected);
  });
});

test('the greeting is 220, and a bare LF ends a line', () => {
  expect(codes(new ReferenceServer(serverOptions(), 0).greeting())).toEqual([220]);
  expect(codes(opened().receive('NOOP\nNOOP\n'))).toEqual([250, 250]);
});

test('what a message is delivered with', () => {
  const mail: DeliveredMessage[] = [];
  const server = opened({ deliver: message => mail.push(message) });
  says(server, ...RECIPIENT, 'DATA', 'one', '..', '...', '.two', '.');
  says(server, 'MAIL FROM:<a@b>', 'RCPT TO:<c@lab.example>', 'BDAT 3', '.', 'BDAT 4 LAST', '..');
  const [data, bdat] = mail.map(({ text }) => text.split('\r\n'));
  expect(data?.slice(0, 2)).toEqual([
    'Return-Path: <a@b>',
    'Received: from a by mx.reference.example with ESMTP',
  ]);
  expect(data?.slice(3)).toEqual(['one', '.', '..', 'two', '']);
  expect(bdat?.slice(3)).toEqual(['.', '..', '']);
  expect(mail.map(({ secure }) => secure)).toEqual([false, false]);
});

describe('STARTTLS', () => {
  test('asks for TLS behind its 220', () => {
    const output = opened().receive('STARTTLS\r\n');
    expect(codes(output)).toEqual([220]);
    expect(output).toMatchObject({ startTls: true, close: false });
  });

  test.each(['NOOP\r\n', 'MAIL FROM:<a@b>\r\n', 'NOOP', 'STARTTLS\r\nNOOP\r\n', '\x16\x03\x01'])(
    'discards what came with it: %j',
    behind => {
      const server = opened();
      expect(codes(server.receive(`STARTTLS\r\n${behind}`))).toEqual([220]);
      expect(codes(server.tlsEstablished(TLS))).toEqual([]);
      expect(says(server, 'NOOP')).toEqual([250]);
    },
  );

  test('forgets who spoke, and what was begun', () => {
    const server = opened();
    says(server, ...GREETED, `AUTH PLAIN ${PLAIN}`, 'MAIL FROM:<a@b>', 'RCPT TO:<c@lab.example>', 'STARTTLS');
    server.tlsEstablished(TLS);
    expect(phaseOf(server.session)).toBe('start');
    expect(says(server, 'DATA', 'MAIL FROM:<a@b>', ...GREETED, `AUTH PLAIN ${PLAIN}`)).toEqual([
      503, 503, 250, 235,
    ]);
  });

  test('forgets an AUTH dialogue, or a chunk, that was begun', () => {
    const server = opened();
    says(server, ...RECIPIENT, 'BDAT 2', '', 'STARTTLS');
    server.tlsEstablished(TLS);
    expect(server.session.chunks).toBeUndefined();
    expect(says(server, 'BDAT 2', '', ...GREETED)).toEqual([503, 250]);
  });

  test('is offered in plaintext, not in TLS, and is refused there', () => {
    const server = opened();
    expect(replies(server.receive('EHLO a\r\n'))[0]?.lines).toContain('STARTTLS');
    says(server, 'STARTTLS');
    server.tlsEstablished(TLS);
    expect(replies(server.receive('EHLO a\r\n'))[0]?.lines).not.toContain('STARTTLS');
    expect(says(server, 'STARTTLS')).toEqual([503]);
  });

  test('lets mail be delivered as secure', () => {
    const mail: DeliveredMessage[] = [];
    const server = opened({ deliver: message => mail.push(message) });
    says(server, 'STARTTLS');
    server.tlsEstablished(TLS);
    expect(says(server, ...RECIPIENT, 'DATA', '.')).toEqual([...TO_RECIPIENT, 354, 250]);
    expect(mail[0]?.secure).toBe(true);
    expect(mail[0]?.text).toContain('with ESMTPS\r\n');
  });

  test('takes a domain where STARTTLSDOMAIN is offered, and remembers it', () => {
    const server = opened({ domains: true });
    expect(replies(server.receive('EHLO a\r\n'))[0]?.lines).toContain('STARTTLSDOMAIN');
    expect(says(server, 'STARTTLS a.example b.example', 'STARTTLS a.example')).toEqual([501, 220]);
    server.tlsEstablished(TLS);
    expect(server.session.domain).toBe('a.example');
  });

  test.each(['NOOP\r\n', '\x16\x03\x01\0\x05hello'])('ends the connection on %j in place of TLS', bytes => {
    const server = opened();
    server.receive('STARTTLS\r\n');
    expect(server.receive(bytes)).toMatchObject({ bytes: '', close: true });
  });

  test('ends the connection when the handshake fails', () => {
    const server = opened();
    server.receive('STARTTLS\r\n');
    expect(server.tlsFailed()).toMatchObject({ bytes: '', close: true, startTls: false });
  });
});

describe('a behaviour', () => {
  const bent = (behaviour: Partial<ServerOptions['behaviour']>): ReferenceServer =>
    opened({ behaviour: { ...SOUND, ...behaviour } });

  test('may answer plaintext behind the 220, and still wants TLS', () => {
    const server = bent({ afterReady: 'answer' });
    server.receive('STARTTLS\r\n');
    const output = server.receive('NOOP\r\n');
    expect(codes(output)).toEqual([250]);
    expect(output.startTls).toBe(true);
  });

  test('may keep plaintext that comes behind the 220, and run it in TLS', () => {
    const server = bent({ afterReady: 'keep', flipped: () => new Set(['pending']) });
    server.receive('STARTTLS\r\n');
    expect(server.receive('NOOP\r\n')).toMatchObject({ bytes: '', startTls: true });
    expect(codes(server.tlsEstablished(TLS))).toEqual([250]);
  });

  test.each(['by the shell’s word', 'by what came in its place'])(
    'may go on in plaintext when the handshake failed %s',
    how => {
      const server = bent({ afterFailure: 'plaintext' });
      server.receive('EHLO a\r\nSTARTTLS\r\n');
      const output = how === 'by the shell’s word' ? server.tlsFailed() : server.receive('garbage');
      expect(output).toMatchObject({ close: false, startTls: false });
      expect(says(server, 'MAIL FROM:<a@b>')).toEqual([250]);
    },
  );

  test('closes when the client ends TLS, unless it is to go on in plaintext', () => {
    const ended = (behaviour: Partial<ServerOptions['behaviour']>): ReferenceServer => {
      const server = bent(behaviour);
      server.receive('STARTTLS\r\n');
      server.tlsEstablished(TLS);
      return server;
    };
    expect(ended({}).tlsClosed().close).toBe(true);
    const server = ended({ afterClose: 'plaintext' });
    expect(server.tlsClosed()).toMatchObject({ bytes: '', close: false });
    expect(says(server, 'NOOP')).toEqual([250]);
  });

  test('may take a failed handshake for TLS', () => {
    const server = bent({ afterFailure: 'secure' });
    server.receive('STARTTLS\r\n');
    server.tlsFailed();
    expect(says(server, 'STARTTLS')).toEqual([503]);
  });

  test('may run what stands behind STARTTLS in its segment, and answer it in the clear', () => {
    const server = bent({ behindStarttls: 'run' });
    const output = server.receive('STARTTLS\r\nNOOP\r\n');
    expect(codes(output)).toEqual([220, 250]);
    expect(output.startTls).toBe(true);
  });

  test('may drop what stands behind STARTTLS, and keep what comes in a segment of its own', () => {
    const server = bent({ behindStarttls: 'drop', afterReady: 'keep', flipped: () => new Set(['pending']) });
    server.receive('STARTTLS\r\nRSET now\r\n');
    server.receive('NOOP\r\n');
    expect(codes(server.tlsEstablished(TLS))).toEqual([250]);
  });

  test('may refuse to go on when the handshake failed', () => {
    const server = bent({ afterFailure: 'refuse' });
    server.receive('STARTTLS\r\n');
    const output = server.tlsFailed();
    expect(codes(output)).toEqual([554]);
    expect(output.close).toBe(true);
  });

  test('may greet otherwise, and turn the client away', () => {
    const behaviour = { ...SOUND, greeting: () => ({ code: 421, lines: ['Busy'], close: true }) };
    const output = new ReferenceServer(serverOptions({ behaviour }), 0).greeting();
    expect(codes(output)).toEqual([421]);
    expect(output.close).toBe(true);
  });

  test('may follow the commands, and remembers one number of them', () => {
    const server = bent({
      follow: (progress, { event, secure, accepted }) =>
        progress + (event === 'noop' && accepted && !secure ? 1 : 0),
      relays: ({ progress }) => progress === 2,
    });
    const foreign = 'RCPT TO:<a@elsewhere.example>';
    expect(says(server, ...SENDER, 'NOOP', foreign, 'NOOP', foreign)).toEqual([250, 250, 250, 550, 250, 250]);
  });

  test('may show hooks and the trace header another session than there is', () => {
    const mail: DeliveredMessage[] = [];
    const hooked: (string | undefined)[] = [];
    const server = opened({
      hook: (_, { login }) => hooked.push(login),
      deliver: message => mail.push(message),
      behaviour: { ...SOUND, shown: (session, where) => ({ ...session, login: where }) },
    });
    says(server, ...RECIPIENT, 'DATA', '.');
    expect(new Set(hooked)).toEqual(new Set(['hook']));
    expect(mail[0]?.text).toContain('with ESMTPA\r\n');
  });

  test('may take STARTTLS in the middle of an AUTH dialogue', () => {
    const server = bent({ readsInDialogue: line => line === 'STARTTLS', judge: () => 'allow' });
    says(server, ...GREETED, 'AUTH PLAIN');
    expect(says(server, 'STARTTLS')).toEqual([220]);
  });

  test('may hold replies back', () => {
    const server = bent({ delay: event => (event === 'noop' ? 40 : 0) });
    expect(server.receive('NOOP\r\nNOOP\r\n').delay).toBe(80);
    expect(server.receive('RSET\r\n').delay).toBe(0);
  });
});

describe('a limit', () => {
  const rows: readonly (readonly [keyof ServerOptions['limits'], readonly string[], readonly number[]])[] = [
    [
      'transactions',
      [...SENDER, 'RSET', 'MAIL FROM:<a@b>', 'RSET', 'MAIL FROM:<a@b>'],
      [250, 250, 250, 250, 250, 421],
    ],
    [
      'sessionRecipients',
      [...RECIPIENT, 'RCPT TO:<d@lab.example>', 'RCPT TO:<e@lab.example>'],
      [250, 250, 250, 250, 421],
    ],
    ['errors', ['RCPT', 'RCPT', 'RCPT'], [503, 503, 421]],
    ['unknown', ['FROB', 'FROB', 'FROB'], [500, 500, 421]],
    ['commands', ['NOOP', 'NOOP', 'NOOP'], [250, 250, 421]],
    ['failedLogins', [...GREETED, ...Array<string>(3).fill(`AUTH PLAIN ${WRONG}`)], [250, 535, 535, 421]],
  ];
  test.each(rows)('on %s ends the connection past it', (limit, lines, expected) => {
    const server = opened({ limits: { [limit]: 2 } });
    expect(says(server, ...lines, 'NOOP')).toEqual(expected);
    expect(server.receive('NOOP\r\n')).toMatchObject({ bytes: '', close: true });
  });

  test.each(rows)('on %s is kept across STARTTLS', (limit, lines, expected) => {
    const server = opened({ limits: { [limit]: 2 } });
    const last = lines.at(-1) ?? '';
    expect(says(server, ...lines.slice(0, -1))).toEqual(expected.slice(0, -1));
    if (limit === 'commands') return;
    says(server, 'STARTTLS');
    server.tlsEstablished(TLS);
    const again = limit === 'sessionRecipients' ? SENDER : GREETED;
    expect(says(server, ...again, last).at(-1)).toBe(421);
  });

  test.each(['BDAT 99999999', 'BDAT 99999999 LAST'])('on the size of a chunk holds: %s', line => {
    const server = opened();
    says(server, ...RECIPIENT);
    expect(says(server, line)).toEqual([552]);
    for (let sent = 0; sent < 99_999_999; sent += 1_000_000)
      expect(server.receive('x'.repeat(Math.min(1_000_000, 99_999_999 - sent))).bytes).toBe('');
    expect(server.session.pending).toBe('');
    expect(says(server, 'NOOP')).toEqual([250]);
  });

  test('on the size of a message ends the connection', () => {
    const server = opened();
    says(server, ...RECIPIENT, 'DATA');
    expect(server.receive('x'.repeat(10_485_761))).toMatchObject({ close: true });
  });

  test('on a line holds while it arrives', () => {
    const server = opened();
    for (let times = 0; times < 100; times++) server.receive('x'.repeat(10_000));
    expect(server.session.pending.length).toBeLessThan(10_000);
  });
});

test('hooks are given the session as it is', () => {
  const called: [Event, string | undefined][] = [];
  const server = opened({ hook: (name, { greeting }) => called.push([name, greeting?.name]) });
  says(server, ...RECIPIENT, 'DATA', '.', `AUTH PLAIN ${PLAIN}`);
  expect(called).toEqual(['ehlo', 'mail', 'rcpt', 'data', 'auth'].map(name => [name, 'a']));
});

describe('the server follows the machine', () => {
  const spoken: Readonly<Partial<Record<Event, string>>> = {
    helo: 'HELO a',
    ehlo: 'EHLO a',
    lhlo: 'LHLO a',
    mail: 'MAIL FROM:<a@b>',
    rcpt: 'RCPT TO:<c@lab.example>',
    data: 'DATA',
    bdat: 'BDAT 0',
    'bdat-last': 'BDAT 0 LAST',
    rset: 'RSET',
    noop: 'NOOP',
    vrfy: 'VRFY a',
    expn: 'EXPN a',
    help: 'HELP',
    auth: 'AUTH LOGIN',
    starttls: 'STARTTLS',
    xclient: 'XCLIENT NAME=x',
    xforward: 'XFORWARD NAME=x',
    unknown: 'FROB',
  };
  const walk = fc.array(fc.constantFrom(...(Object.keys(spoken) as Event[])), { maxLength: 60 });

  test('in what it refuses, and in where success leads', () => {
    fc.assert(
      fc.property(walk, fc.boolean(), (events, proxy) => {
        const server = opened({ proxy });
        for (const event of events) {
          const phase = phaseOf(server.session);
          const cell = MACHINE[phase][event];
          const [code = 0, ...more] = says(server, spoken[event] ?? '');
          expect(more).toEqual([]);
          if (code === 354) says(server, '.');
          else if (event === 'auth' && code === 334) says(server, USER ?? '', 'd3Jvbmc=');
          else if (event === 'starttls' && code === 220) server.tlsEstablished(TLS);
          if (cell.kind === 'out-of-order') expect(code, `${event} in ${phase}`).toBe(cell.refuse);
          const accepted = cell.kind === 'in-order' && code < 400;
          expect(phaseOf(server.session), `${event} in ${phase}`).toBe(accepted ? cell.next : phase);
          if (accepted) expect(cell.codes).toContain(code);
        }
      }),
    );
  });

  test('however its bytes are cut', () => {
    fc.assert(
      fc.property(walk, fc.array(fc.nat({ max: 40 })), (events, cuts) => {
        const bytes = events
          .filter(event => event !== 'starttls')
          .map(event => `${spoken[event]}\r\n`)
          .join('');
        const server = opened();
        const pieces = cuts.map((length, index) => {
          const from = cuts.slice(0, index).reduce((sum, cut) => sum + cut, 0);
          return bytes.slice(from, from + length);
        });
        pieces.push(bytes.slice(pieces.join('').length));
        expect(codes(...pieces.map(piece => server.receive(piece)))).toEqual(codes(opened().receive(bytes)));
      }),
    );
  });

  test('and never throws, whatever it is sent', () => {
    const bytes = fc.array(fc.integer({ min: 0, max: 255 })).map(codes => String.fromCharCode(...codes));
    fc.assert(
      fc.property(
        fc.array(fc.oneof(bytes, fc.constantFrom(...Object.values(spoken)), fc.constant('\r\n'))),
        pieces => {
          const server = opened({ proxy: true });
          for (const piece of pieces) server.receive(piece);
          expect(replies(server.receive('\r\n.\r\nNOOP\r\n'))).toBeDefined();
        },
      ),
    );
  });
});
