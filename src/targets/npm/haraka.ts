/**
 * Haraka as a child process, of any of the versions at hand, with a test account and one domain.
 *
 * It is started on a temporary folder (`haraka-folder.ts`), whose head says what is not Haraka's default, and tells
 * by our plugin in it (`haraka-plugin.cjs`) what the application is given and what mail was accepted. Process and
 * folder go with `stop`, with the end of this process, and, should this process be killed, by the plugin.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Driver } from '../../drivers/driver.ts';
import { tcpDriver } from '../../drivers/tcp.ts';
import { type Certificate, selfSigned } from '../certificate.ts';
import { type HookCall, type HookRecord, newHookRecord } from '../hook-record.ts';
import { type KeptMail, keptMail } from '../mail/kept.ts';
import { type RunningTarget, type Target, TargetError } from '../target.ts';
import { DOMAIN, newFolder, USER } from './haraka-folder.ts';
import { installed } from './installed.ts';

/** What the plugin reports. */
type Report = { readonly id: number } & (
  | { readonly kind: 'listening'; readonly port: number }
  | { readonly kind: 'connected'; readonly client: number }
  | (HookCall & { readonly kind: 'state'; readonly client: number })
  | { readonly kind: 'mail'; readonly text: string }
);

/** Milliseconds from the start of the process to its greeting, and from SIGTERM to its end. */
const START_LIMIT = 20_000;
const STOP_LIMIT = 2_000;
/** Characters of the child's output that are kept, and told if it does not start. */
const TAIL = 300;

/** `packageName` is the name, or the alias, under which that version is installed. */
export function harakaTarget(name: string, packageName: string): Target {
  return {
    name,
    title: 'Haraka (npm), AUTH in plaintext by CRAM-MD5, as it is by default, and by PLAIN and LOGIN',
    start: async () => start(packageName, await selfSigned(['localhost'])),
  };
}

async function start(packageName: string, certificate: Certificate): Promise<RunningTarget> {
  const { root, version } = installed(packageName);
  const folder = await newFolder(root, certificate);
  const child = launch(root, folder);
  const stop = stopping(child, folder);
  const calls = newHookRecord();
  const mail = keptMail();
  try {
    const port = await listening(child, report => record(report, calls, mail));
    const driver = tcpDriver({
      host: '127.0.0.1',
      port,
      serverName: 'localhost',
      clientCertificate: certificate,
      handlerStates: calls.of,
    });
    await greeting(driver);
    return {
      address: `smtp://127.0.0.1:${port}`,
      software: `Haraka ${version}`,
      driver,
      protocol: 'smtp',
      login: USER,
      recipient: `*@${DOMAIN}`,
      mailbox: mail,
      knownDeviations: [],
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** In a session of its own, so that Ctrl-C leaves it to us: a run that is interrupted ends in order. */
function launch(root: string, folder: string): ChildProcess {
  return spawn(process.execPath, ['--no-deprecation', join(root, 'bin', 'haraka'), '--configs', folder], {
    cwd: folder,
    // Nothing of ours: NODE_OPTIONS, NODE_ENV and the like are not meant for it.
    env: { PATH: process.env['PATH'] },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    detached: true,
  });
}

/** The port on which Haraka listens, once it does. All reports go to `record`, now and later. */
function listening(child: ChildProcess, record: (report: Report) => void): Promise<number> {
  return new Promise((resolve, reject) => {
    let output = '';
    const fail = (what: string): void => {
      clearTimeout(timer);
      const tail = output.replace(/\s+/g, ' ').trim();
      reject(new TargetError(`Haraka ${what}${tail === '' ? '' : `; its last words: ${tail}`}`, 3));
    };
    const timer = setTimeout(() => fail(`did not listen within ${START_LIMIT / 1_000} s`), START_LIMIT);
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        output = (output + text).slice(-TAIL);
      });
    }
    child.on('error', error => fail(`could not be started (${error.message})`));
    child.on('close', (code, signal) => fail(`ended (${signal ?? `exit code ${code}`})`));
    child.on('message', (message: unknown) => {
      const report = message as Report;
      record(report);
      if (report.kind === 'listening') {
        clearTimeout(timer);
        resolve(report.port);
      }
      // With a callback, a child that has gone meanwhile is no error.
      child.send({ acknowledged: report.id }, () => {});
    });
  });
}

async function greeting(driver: Driver): Promise<void> {
  const opening = await driver.connect(START_LIMIT);
  if (opening.kind === 'refused') throw new TargetError(`Haraka cannot be reached (${opening.reason})`, 3);
  const received = await opening.connection.receive(START_LIMIT);
  opening.connection.end('fin');
  if (received.kind !== 'bytes' || !received.bytes.startsWith('220 '))
    throw new TargetError(
      `Haraka does not greet (${received.kind === 'bytes' ? received.bytes.trim() : received.kind})`,
      3,
    );
}

/** Ends the child and removes its folder: when called, or at the latest when this process ends. */
function stopping(child: ChildProcess, folder: string): () => Promise<void> {
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  const atOnce = (): void => {
    child.kill('SIGKILL');
    remove();
  };
  process.once('exit', atOnce);
  return async () => {
    if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) {
      const exit = once(child, 'exit');
      const timer = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT);
      child.kill('SIGTERM');
      await exit;
      clearTimeout(timer);
    }
    remove();
    process.off('exit', atOnce);
  };
}

function record(report: Report, calls: HookRecord, mail: KeptMail): void {
  if (report.kind === 'connected') calls.begin(report.client);
  if (report.kind === 'state') calls.keep(report.client, report);
  if (report.kind === 'mail') mail.keep(report.text);
}
