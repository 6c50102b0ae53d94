/** What users get wrong, and what servers do to them: one clear line, the right exit code, and nothing lost. */

import { execFileSync } from 'node:child_process';
import { readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Report } from '../../src/report/report.ts';
import { GREETING_KEPT, kept } from '../entries.ts';
import { folder } from '../folder.ts';
import { flood, type Hostile, hostile } from '../hostile.ts';
import { freePort } from '../ports.ts';
import { afresh, type Ended, start } from './afresh.ts';

/** Nothing but letters and ends of lines. */
const PLAIN = /^[\n\x20-\x7e·…→]*$/;

/** One line on standard error, no result, and no stack trace. */
function expectOneLine({ status, stdout, stderr }: Ended, expected: number, message: RegExp): void {
  const lines = stderr.split('\n').filter(line => !line.startsWith('checking '));
  expect(lines).toEqual([expect.stringMatching(message), '']);
  expect(lines[0]).toMatch(/^afresh: /);
  expect(stdout).toBe('');
  expect(status).toBe(expected);
}

describe('a mistake on the command line is exit 2 and says what to do', () => {
  test.each<[string, RegExp]>([
    ['check smtpserver', /no target: use smtp:\/\/host:port, .*Did you mean smtp-server\?/],
    ['check 127.0.0.1:25', /127\.0\.0\.1:25 is no target: use smtp:\/\/host:port/],
    ['check smtp://127.0.0.1:99999', /a port is a number from 1 to 65535/],
    ['check smtp://192.0.2.1', /neither loopback nor private: say --authorised 192\.0\.2\.1/],
    ['check smtps://127.0.0.1:465', /there is no STARTTLS to test/],
    ['check no-such-file.json', /no-such-file\.json: cannot be read \(there is no such file, ENOENT\)/],
    [
      'check reference --claims fresh-conection',
      /no claim fresh-conection\. Did you mean fresh-connection\?/,
    ],
    ['check reference --time 10', /Say a duration such as 30s/],
    ['check reference --time 0s', /Say a duration such as 30s/],
    ['check reference --time 600h', /no longer than 24 days/],
    ['check reference --scenarios -1', /Say a whole number from 1/],
    ['check reference --auth nobody', /Say user:password/],
    ['check reference --level may', /Allowed choices are must, should/],
    ['check reference --sink 70000', /A port is a number from 1 to 65535/],
    ['check reference --sink 2525 --maildir x', /say --maildir or --sink, not both/],
    ['check reference --implicit-tls smtp://127.0.0.1', /an implicit-TLS address is smtps:\/\/host:port/],
    ['check reference --maildir no-such-folder', /no-such-folder: no Maildir there/],
    ['check-client curll', /curll is no known client: use a name from .*Did you mean curl\?/],
    ['replay no-such-file.json', /no-such-file\.json: cannot be read \(there is no such file, ENOENT\)/],
    ['replay x.json --reproducer repro.txt', /Its name ends in \.mjs \(Node\) or \.py/],
  ])('%s', async (line, message) => {
    const { status, stdout, stderr } = await afresh(...line.split(' '));
    expect(stderr).toMatch(message);
    expect(stderr).toMatch(/^afresh: .*\n$/);
    expect(stdout).toBe('');
    expect(status).toBe(2);
  });

  test.each([
    ['chek reference', 'check'],
    ['check reference --scenario 5', '--scenarios'],
  ])('%s: did you mean %s?', async (line, meant) => {
    const { status, stderr } = await afresh(...line.split(' '));
    expect(stderr).toContain(`Did you mean ${meant}?`);
    expect(status).toBe(2);
  });
});

describe('a file that is not what it should be is exit 2, and left as it is', () => {
  const whole = JSON.stringify(GREETING_KEPT);
  test.each<[string, string, RegExp]>([
    ['cut off', whole.slice(0, 200), /not whole JSON; was it cut off\?/],
    [
      'of a newer schema',
      JSON.stringify({ ...GREETING_KEPT, schema: 2 }),
      /schema 2, this afresh knows schema 1 only/,
    ],
    ['of another kind', '{"kind":"something","schema":1}', /not a kept scenario of afresh/],
    ['with a step that nobody knows', whole.replace('"ehlo"', '"hello"'), /scenario\.before/],
  ])('%s', async (_, text, message) => {
    const directory = folder();
    const file = join(directory, 'kept.json');
    writeFileSync(file, text);
    const runs = await Promise.all([
      afresh('replay', file),
      afresh('minimise', file),
      afresh('check', 'reference', '--scenarios', '1', '--corpus', directory),
    ]);
    for (const run of runs) expectOneLine(run, 2, message);
    expect(readFileSync(file, 'utf8')).toBe(text);
  });
});

test('what has no end is not read to its end', async () => {
  expectOneLine(await afresh('report', '/dev/zero'), 2, /zero: cannot be read \(it has no end, or is larger/);
  const directory = folder();
  execFileSync('mkfifo', [join(directory, 'kept.json')]);
  const run = await afresh('check', 'reference', '--scenarios', '1', '--corpus', directory);
  expectOneLine(run, 2, /kept\.json: a pipe or a device, where only files belong/);
});

test('a link in a circle is told, whichever command meets it', async () => {
  const directory = folder();
  const file = join(directory, 'kept.json');
  symlinkSync('kept.json', file);
  const runs = await Promise.all([
    afresh('replay', file),
    afresh('report', file),
    afresh('check', 'reference', '--scenarios', '1', '--corpus', directory),
  ]);
  for (const run of runs)
    expectOneLine(run, 2, /kept\.json: cannot be read \(its link leads in a circle, ELOOP\)/);
});

test('the mark that some editors put in front of a text is no part of it', async () => {
  const file = kept();
  writeFileSync(file, `\ufeff${readFileSync(file, 'utf8')}`);
  expect((await afresh('replay', file)).stdout).toMatch(/^FAILED /);
});

test('a file that fills the memory when it is understood is not read', async () => {
  const file = join(folder(), 'many.json');
  writeFileSync(file, `[${'{},'.repeat(12_000_000)}1]`);
  const message =
    /many\.json: cannot be read \(it has no end, or is larger than 32 MiB\); is it the right file\?/;
  expectOneLine(await afresh('report', file), 2, message);
  writeFileSync(file, `${'- x\n'.repeat(300_000)}`);
  const run = await afresh('check', 'reference', '--scenarios', '1', '--config', file);
  expectOneLine(run, 2, /larger than 1 MiB\); is it the right file\?/);
});

test.each([
  ['no folder can be made there', join('/proc', 'afresh', 'result.json')],
  ['it is a folder', import.meta.dirname],
])('a result that cannot be written is told before the search: %s', async (_, file) => {
  const run = await afresh('check', 'reference', '--scenarios', '5', '--json', file);
  expectOneLine(run, 2, /cannot be written \([a-z -]+, E[A-Z]+\)/);
});

test.each([
  ['check', 'reference'],
  ['check-client', 'nodemailer'],
])('a corpus that cannot be written is told before the search: %s %s', async (command, name) => {
  const run = await afresh(command, name, '--scenarios', '5', '--corpus', join('/proc', 'afresh'));
  expectOneLine(run, 2, /cannot be written \([a-z -]+, E[A-Z]+\)/);
});

test.each([
  ['minimise', '--out'],
  ['minimise', '--reproducer'],
  ['replay', '--reproducer'],
])('what %s could not write with %s is told before anything is played', async (command, option) => {
  const args = [
    command,
    kept(),
    '--target',
    'smtp://127.0.0.1:1',
    option,
    join('/proc', 'afresh', 'repro.py'),
  ];
  expectOneLine(await afresh(...args), 2, /repro\.py: cannot be written/);
});

test('several findings in one file are too many for one script', async () => {
  const run = await afresh('replay', kept(), kept(), '--reproducer', join(folder(), 'repro.py'));
  expectOneLine(run, 2, /--reproducer is for one finding, and here are 2/);
});

const greet: Hostile['greet'] = socket => socket.write('220 hostile.example ESMTP\r\n');
type Answer = NonNullable<Hostile['answer']>;
const reply =
  (replies: Readonly<Record<string, string>>, other = '502 5.5.1 no\r\n'): Answer =>
  (socket, said) =>
    socket.write(Object.entries(replies).find(([verb]) => said.startsWith(verb))?.[1] ?? other, 'latin1');
const EHLO = '250-hostile.example\r\n250 STARTTLS\r\n';

describe('a target that cannot be tested is exit 3 and says why', () => {
  test('nothing listens there', async () => {
    const run = await afresh('check', `smtp://127.0.0.1:${await freePort()}`);
    expectOneLine(run, 3, /nothing answers there; is the server running, and is the port right\?/);
  });

  test.each<[string, Hostile, RegExp]>([
    [
      'another protocol',
      { greet: socket => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n') },
      /is not SMTP/,
    ],
    [
      'a greeting of 554',
      { greet: socket => socket.end('554 go away\r\n') },
      /greets with 554 instead of 220/,
    ],
    ['silence', {}, /no greeting came; is that an SMTP port/],
    ['the close', { greet: socket => socket.end() }, /no greeting came/],
    ['no answer to EHLO', { greet }, /greets, but does not answer EHLO/],
    [
      'a greeting without end',
      { greet: socket => flood(socket, '220-more\r\n'.repeat(1_000)) },
      /is not SMTP/,
    ],
    ['a line without end', { greet: socket => flood(socket, 'x'.repeat(65_536)) }, /is not SMTP/],
    [
      'a reply without end',
      { greet, answer: socket => flood(socket, '250-x\r\n'.repeat(1_000)) },
      /not SMTP/,
    ],
    [
      'a gigabyte without newline',
      { greet, answer: socket => flood(socket, 'x'.repeat(65_536)) },
      /not SMTP/,
    ],
    [
      'bytes that are no text',
      { greet: socket => socket.write('\xff\x00\x9b2J\x1b]0;x\x07\r\n', 'latin1') },
      /not SMTP/,
    ],
  ])('%s', async (_, behaviour, message) => {
    const target = await hostile(behaviour);
    // Whoever keeps what it is sent needs more than this.
    const run = await start(['check', target], { NODE_OPTIONS: '--max-old-space-size=80' }).ended;
    expectOneLine(run, 3, message);
    expect(run.stderr).toMatch(PLAIN);
  });

  test.each<[string, Answer, RegExp]>([
    [
      'STARTTLS is not offered',
      reply({ EHLO: '250 hostile.example\r\n' }),
      /UNSUPPORTED: STARTTLS is not offered/,
    ],
    [
      'STARTTLS is refused',
      reply({ EHLO, STARTTLS: '454 4.7.0 not today\r\n' }),
      /INCONCLUSIVE: STARTTLS is offered, but it is answered 454/,
    ],
    [
      'TLS does not come about',
      reply({ EHLO, STARTTLS: '220 go on\r\n' }, '\x15\x03\x01\x00\x02\x02\x28'),
      /INCONCLUSIVE: STARTTLS is offered, but the TLS handshake fails/,
    ],
  ])('%s', async (_, answer, message) => {
    const { status, stdout } = await afresh('check', await hostile({ greet, answer }));
    expect(stdout).toMatch(message);
    expect(status).toBe(3);
  });

  test('no byte of it steers the terminal', async () => {
    const target = await hostile({
      greet: socket => socket.write('220 \x1b[31m\x9b2J\xff \x1b]0;title\x07 ESMTP\r\n', 'latin1'),
      answer: reply({ EHLO: '250-\x1b[2J\r\n250 \x1b[31mSIZE\r\n' }, '502 \x1b[2J\xff\r\n'),
    });
    const { stdout, stderr } = await afresh('check', target);
    expect(stdout).toContain('\\x1b[31m');
    expect(stdout + stderr).toMatch(PLAIN);
  });
});

describe('an interruption', () => {
  test.each<[NodeJS.Signals, number]>([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ])('%s: what was found is reported and written, exit %d', async (signal, status) => {
    const directory = folder();
    const [json, corpus] = [join(directory, 'result.json'), join(directory, 'corpus')];
    const run = start([
      'check',
      'reference:keeps-greeting',
      '--time',
      '10m',
      '--json',
      json,
      '--corpus',
      corpus,
    ]);
    await run.said('found: keeps greeting');
    run.signal(signal);
    const ended = await run.ended;
    expect(ended.status).toBe(status);
    expect(ended.stdout).toContain('keeps greeting');
    const report = JSON.parse(readFileSync(json, 'utf8')) as Report;
    expect(report.findings.map(({ fingerprint }) => fingerprint)).toContain('keeps greeting');
    expect(report.verdict).toBe('violated');
    expect(
      (await afresh('replay', join(corpus, 'reference-keeps-greeting-keeps-greeting.json'))).status,
    ).toBe(1);
  });

  test('does not wait for a target that has fallen silent', async () => {
    const run = start(['check', await hostile({ greet, answer: reply({ EHLO, QUIT: '221 bye\r\n' }, '') })]);
    await run.said('checking');
    run.signal('SIGINT');
    expect((await run.ended).status).toBe(130);
  });
});

test('a fault of afresh itself is told, and is not taken for a finding', async () => {
  const fault = `setInterval(() => { if (process.listenerCount('uncaughtException') > 0) throw new Error('a\u001bb'); }, 20)`;
  const NODE_OPTIONS = `--import=data:text/javascript,${encodeURIComponent(fault)}`;
  const { status, stderr } = await start(['check', 'reference', '--time', '20s', '--quiet'], { NODE_OPTIONS })
    .ended;
  expect(status).toBe(3);
  expect(stderr).toContain('afresh: a fault of afresh itself; please report it:\nError: a\\x1bb\n');
});

test('a machine that will not read or write is no fault of afresh itself', async () => {
  const fault = `setInterval(() => { if (process.listenerCount('uncaughtException') > 0) process.getBuiltinModule('node:fs').mkdirSync('/dev/null/x'); }, 20)`;
  const NODE_OPTIONS = `--import=data:text/javascript,${encodeURIComponent(fault)}`;
  const { status, stderr } = await start(['check', 'reference', '--time', '20s', '--quiet'], { NODE_OPTIONS })
    .ended;
  expect(status).toBe(2);
  expect(stderr).toBe('afresh: /dev/null/x: mkdir failed (part of its path is no folder, ENOTDIR)\n');
});

test('what a file from elsewhere holds cannot steer the terminal that an error is shown on', async () => {
  const file = kept({ summary: '\u001b[2Jcleared' });
  const { status, stderr } = await afresh('minimise', file, '--target', 'reference');
  expect(status).toBe(3);
  expect(stderr).toContain('\\x1b[2Jcleared');
  expect(stderr).toMatch(PLAIN);
});
