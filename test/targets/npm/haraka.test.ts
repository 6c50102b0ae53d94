/** Haraka as a target: what it lets us see of a session, and that nothing of it is left behind. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { run } from '../../../src/run.ts';
import type { Scenario, Step } from '../../../src/scenario.ts';
import { RUN_LIMITS, type Stage } from '../../../src/stage.ts';
import { harakaTarget } from '../../../src/targets/npm/haraka.ts';
import { type RunningTarget, TargetError } from '../../../src/targets/target.ts';
import type { Transcript } from '../../../src/transcript.ts';

/** The real thing, looked at: a test asks which process was started. */
vi.mock('node:child_process', async original => {
  const actual = await original<typeof import('node:child_process')>();
  return { ...actual, spawn: vi.fn(actual.spawn) };
});

const NONCE = 'zq7r2m9k';
const LIMIT = 30_000;

/** A Haraka that is not there, or that this platform cannot run, is no fault of ours. */
const missing = ((): string | undefined => {
  try {
    createRequire(import.meta.url).resolve('haraka/package.json');
    return undefined;
  } catch {
    return 'the package haraka is not installed';
  }
})();

const MESSAGE: readonly Step[] = [
  { kind: 'ehlo', name: 'd' },
  { kind: 'mail', from: 'e' },
  { kind: 'rcpt', to: 'f' },
  { kind: 'data', body: 'plain', token: 'g' },
];

const LOGIN: Step = { kind: 'auth', mechanism: 'PLAIN', answer: 'right', user: 'u', initial: true };

/** Plays `before`, STARTTLS and `after` with the facts that the target tells. */
function play(target: RunningTarget, before: readonly Step[], after: readonly Step[]): Promise<Transcript> {
  const { driver, protocol, mailbox, login, recipient } = target;
  if (mailbox === undefined || login === undefined || recipient === undefined)
    return fail('the target tells too little');
  const stage: Stage = { driver, limits: RUN_LIMITS, protocol, neutral: [], mailbox };
  const scenario: Scenario = { before, upgrade: { handshake: { kind: 'sound', version: '1.3' } }, after };
  return run(stage, scenario, { nonce: NONCE, ...login, recipient });
}

/** The process that was started last. */
function lastStarted(): number {
  const child = vi.mocked(spawn).mock.results.at(-1)?.value as ChildProcess | undefined;
  return child?.pid ?? fail('no process was started');
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** A connection that has been greeted, and the moment at which the other side closes it. */
async function greeted(address: string): Promise<{ readonly closed: Promise<unknown> }> {
  const socket = net.connect(Number(new URL(address).port), '127.0.0.1');
  socket.on('error', () => {});
  await once(socket, 'data');
  return { closed: once(socket, 'close') };
}

/** Temporary folders are made in here, so that those of other tests are not counted. */
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'afresh-test-'));
  vi.stubEnv('TMPDIR', folder);
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true, force: true });
});

describe.skipIf(missing !== undefined)(`Haraka${missing === undefined ? '' : `: ${missing}`}`, () => {
  test('shows what its hooks are given and the mail it accepts, and leaves nothing behind', {
    timeout: LIMIT,
  }, async () => {
    const target = await harakaTarget('haraka', 'haraka').start();
    const pid = lastStarted();
    try {
      expect(target.software).toMatch(/^Haraka \d/);
      expect(isRunning(pid)).toBe(true);
      const transcript = await play(target, [{ kind: 'ehlo', name: 'a' }], MESSAGE);
      expect(transcript.upgrade).toBe('secure');
      expectStatesOf(transcript);
      expectDelivered(transcript);
    } finally {
      await target.stop();
    }
    expect(isRunning(pid)).toBe(false);
    expect(await readdir(folder)).toEqual([]);
    const opening = await target.driver.connect(RUN_LIMITS.reply);
    expect(opening.kind).toBe('refused');
  });

  test('takes mail for elsewhere from a client that has logged in, and keeps it', {
    timeout: LIMIT,
  }, async () => {
    const target = await harakaTarget('haraka', 'haraka').start();
    try {
      const [ehlo, ...rest] = MESSAGE.map(
        (step): Step => (step.kind === 'rcpt' ? { ...step, foreign: true } : step),
      );
      const after = [ehlo, LOGIN, ...rest].filter(step => step !== undefined);
      const { deliveries, handlers } = await play(target, [{ kind: 'ehlo', name: 'a' }], after);
      expect(deliveries.map(({ text }) => text)).toEqual([expect.stringContaining('with ESMTPSA')]);
      expect(handlers.at(-1)?.state).toMatchObject({ relaying: true, notes: { auth_user: 'tester' } });
    } finally {
      await target.stop();
    }
  });

  test('ends, and removes its folder, when the process that started it is killed', {
    timeout: LIMIT,
  }, async () => {
    const parent = startedElsewhere();
    try {
      const [address] = (await once(
        createInterface(parent.stdout ?? fail('the process has no output')),
        'line',
      )) as [string];
      expect(await readdir(folder)).toHaveLength(1);
      const { closed } = await greeted(address);
      parent.kill('SIGKILL');
      await closed;
      expect(await readdir(folder)).toEqual([]);
    } finally {
      parent.kill('SIGKILL');
    }
  });
});

test('a package that is not installed is told in one line', async () => {
  const start = harakaTarget('haraka@0', 'haraka-that-is-not-there').start();
  await expect(start).rejects.toThrow(new TargetError('haraka-that-is-not-there is not installed', 3));
});

test('a Haraka that ends instead of listening is told with its last words', async () => {
  const root = join(folder, 'package');
  await mkdir(join(root, 'bin'), { recursive: true });
  await mkdir(join(root, 'config'));
  await writeFile(join(root, 'package.json'), '{ "version": "1.0.0" }');
  await writeFile(join(root, 'config', 'connection.ini'), '');
  await writeFile(join(root, 'bin', 'haraka'), 'console.error("no\\nluck today"); process.exitCode = 7;');
  const start = harakaTarget('broken', pathToFileURL(`${root}/`).href).start();
  await expect(start).rejects.toThrow(
    new TargetError('Haraka ended (exit code 7); its last words: no luck today', 3),
  );
  expect(await readdir(folder)).toEqual(['package']);
});

function expectStatesOf({ handlers }: Transcript): void {
  expect(handlers.map(({ hook }) => hook)).toEqual(['ehlo', 'mail', 'rcpt', 'data']);
  for (const { state } of handlers) {
    expect(state).toMatchObject({
      hello: { verb: 'EHLO', host: `${NONCE}d.example` },
      tls: { enabled: true },
      relaying: false,
      errors: 0,
    });
  }
  expect(handlers.at(-1)?.state).toMatchObject({
    tran_count: 1,
    transaction: {
      mail_from: `<${NONCE}e@sender.example>`,
      rcpt_to: [`<${NONCE}f@lab.example>`],
    },
  });
}

function expectDelivered({ deliveries }: Transcript): void {
  expect(deliveries).toHaveLength(1);
  const text = deliveries[0]?.text ?? '';
  expect(text).toMatch(new RegExp(`^Received: from ${NONCE}d\\.example .*\\r\\n.* with ESMTPS id `));
  expect(text).toContain(`Hello ${NONCE}g`);
}

/** A process that starts a Haraka, prints its address, and then does nothing. */
function startedElsewhere(): ChildProcess {
  const target = new URL('../../../src/targets/npm/haraka.ts', import.meta.url);
  const script = `
    const { harakaTarget } = await import(${JSON.stringify(target.href)});
    console.log((await harakaTarget('haraka', 'haraka').start()).address);`;
  return spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

function fail(what: string): never {
  throw new Error(what);
}
