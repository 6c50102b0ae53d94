import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { afresh } from './afresh.ts';

interface Served {
  readonly port: string;
  readonly implicitTls: string;
  readonly certificate: string;
  readonly message: string;
}

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));

/** Servers that outlive single tests, and where they write. */
const running: ChildProcess[] = [];
const directory = mkdtempSync(join(tmpdir(), 'afresh-serve-'));
afterAll(async () => {
  rmSync(directory, { recursive: true, force: true });
  await Promise.all(running.splice(0).map(server => ended(server, 'SIGINT')));
});

/** Its exit code, once it has ended by the signal. */
async function ended(server: ChildProcess, signal: NodeJS.Signals): Promise<unknown> {
  const closed = once(server, 'close');
  server.kill(signal);
  const [status] = await closed;
  return status;
}

async function serving(...options: readonly string[]): Promise<Served> {
  const certificate = join(directory, 'ca.pem');
  const message = join(directory, 'message.eml');
  writeFileSync(message, 'Subject: test\r\n\r\n.one dot\r\nEnd.\r\n');
  const args = ['--port', '0', '--implicit-tls-port', '0', '--certificate', certificate, ...options];
  const server = spawn(process.execPath, [MAIN, 'serve', ...args]);
  running.push(server);
  let text = '';
  for await (const piece of server.stdout.setEncoding('utf8')) {
    text += String(piece);
    if (text.includes('Ctrl-C')) break;
  }
  const port = /smtp:\/\/127\.0\.0\.1:(\d+)/.exec(text)?.[1] ?? '';
  const implicitTls = /implicit TLS on port (\d+)/.exec(text)?.[1] ?? '';
  return { port, implicitTls, certificate, message };
}

interface Client {
  readonly command: string;
  readonly args: (served: Served) => readonly string[];
  readonly input?: string;
}

const SMTPLIB = `
import smtplib, ssl, sys
server = smtplib.SMTP('localhost', int(sys.argv[1]))
server.starttls(context=ssl.create_default_context(cafile=sys.argv[2]))
server.login('tester', 'secret')
server.sendmail('a@lab.example', ['b@lab.example'], 'Subject: test' + chr(10) * 2 + '.dot')
server.quit()
`;
const curl = (url: (served: Served) => string, ...more: readonly string[]): Client => ({
  command: 'curl',
  args: served => [
    ...['--silent', '--show-error', '--max-time', '20', '--ssl-reqd', '--cacert', served.certificate],
    ...['--mail-from', 'a@lab.example', '--mail-rcpt', 'b@lab.example', '--upload-file', served.message],
    ...more,
    url(served),
  ],
});
const CLIENTS: Readonly<Record<string, Client>> = {
  curl: curl(({ port }) => `smtp://localhost:${port}/me.example`, '--user', 'tester:secret'),
  'curl, implicit TLS': curl(({ implicitTls }) => `smtps://localhost:${implicitTls}/me.example`),
  swaks: {
    command: 'swaks',
    args: ({ port, certificate }) => [
      ...['--server', 'localhost', '--port', port, '--tls', '--tls-verify', '--tls-ca-path', certificate],
      ...['--helo', 'me.example', '--from', 'a@lab.example', '--to', 'b@lab.example', '--timeout', '20'],
      ...['--auth', 'PLAIN', '--auth-user', 'tester', '--auth-password', 'secret'],
    ],
  },
  'smtplib of Python': {
    command: 'python3',
    args: ({ port, certificate }) => ['-c', SMTPLIB, port, certificate],
  },
  'openssl s_client': {
    command: 'openssl',
    args: ({ port, certificate }) => [
      ...['s_client', '-starttls', 'smtp', '-connect', `localhost:${port}`, '-CAfile', certificate],
      ...['-crlf', '-quiet', '-verify_return_error'],
    ],
    input: 'EHLO me.example\nQUIT\n',
  },
};

const isHere = (command: string): boolean => spawnSync(command, ['--version']).error === undefined;

/** Runs a client to its end, which must not block this process: others serve in it. */
async function outcome(
  { command, args, input }: Client,
  served: Served,
): Promise<{ readonly status: unknown; readonly complaint: string }> {
  const child = spawn(command, args(served), { stdio: ['pipe', 'ignore', 'pipe'] });
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint += text;
  });
  child.stdin.on('error', () => {});
  child.stdin.end(input ?? '');
  const [status] = await once(child, 'close');
  return { status, complaint };
}

describe('afresh serve', () => {
  /** The sound server, for all that do not ask for another one. */
  let served: Served;
  beforeAll(async () => {
    served = await serving();
  });

  for (const [name, client] of Object.entries(CLIENTS)) {
    const here = isHere(client.command);
    test.skipIf(!here)(
      `serves ${name}${here ? '' : ` (skipped: ${client.command} is not installed)`}`,
      async () => {
        const { status, complaint } = await outcome(client, served);
        expect(status, complaint).toBe(0);
      },
    );
  }

  test('serves a planted fault, which check finds by its address', async () => {
    const { port } = await serving('--fault', 'keeps-greeting');
    const { status, stdout } = await afresh(
      ...['check', `smtp://127.0.0.1:${port}`, '--rcpt', '*@lab.example', '--time', '30s', '--stop-on-first'],
    );
    expect(stdout).toContain('keeps greeting');
    expect(status).toBe(1);
  });

  test('writes a certificate, and its key nowhere', () => {
    const text = readFileSync(served.certificate, 'utf8');
    expect(text).toMatch(/^-----BEGIN CERTIFICATE-----/);
    expect(text).not.toContain('PRIVATE');
  });

  test('ends at a signal, with its ports closed', async () => {
    const { port } = await serving();
    const server = running.pop();
    expect(await ended(server as ChildProcess, 'SIGTERM')).toBe(143);
    expect((await afresh('check', `smtp://127.0.0.1:${port}`)).stderr).toContain('nothing answers there');
  });

  test('says in one line what to do about bad input, exit 2', async () => {
    const { port } = served;
    for (const [args, line] of [
      [['--port', port], `afresh: port ${port} is taken: choose another one, or 0 for any\n`],
      [['--port', '70000'], /^afresh: .*A port is a number from 0 to 65535\.\n$/],
      [['--fault', 'keeps-logn'], /^afresh: .*Did you mean keeps-login\?.*\n$/],
      [['--port', '0', '--certificate', '/no/such/folder'], /^afresh: cannot write the certificate: .*\n$/],
    ] as const) {
      const { status, stderr } = await afresh('serve', ...args);
      expect(stderr).toMatch(line);
      expect(stderr.trim().split('\n')).toHaveLength(1);
      expect(status).toBe(2);
    }
  });
});
