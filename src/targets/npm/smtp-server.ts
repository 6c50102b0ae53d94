/**
 * smtp-server (nodemailer), of any of the versions at hand, with a test account and one domain, in a child process.
 *
 * Not the default: `authOptional` and `allowInsecureAuth`, without which no AUTH could be spoken in plaintext;
 * `disableReverseLookup`, so that no DNS is asked. A child that crashes is started again on the same port.
 */

import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { tcpDriver } from '../../drivers/tcp.ts';
import { sibling } from '../../sibling.ts';
import { type Certificate, selfSigned } from '../certificate.ts';
import { type HookCall, newHookRecord } from '../hook-record.ts';
import { keptMail } from '../mail/kept.ts';
import { type RunningTarget, type Target, TargetError } from '../target.ts';
import { installed } from './installed.ts';
import { keepAlive } from './kept-alive.ts';

type Report = { readonly id: number } & (
  | { readonly kind: 'listening'; readonly port: number }
  | { readonly kind: 'connected'; readonly client: number }
  | (HookCall & { readonly kind: 'state'; readonly client: number })
  | { readonly kind: 'mail'; readonly text: string }
  | { readonly kind: 'alive'; readonly answer: number }
);

const USER = { user: 'tester', password: 'secret' } as const;
const START_LIMIT = 10_000;

/** `packageName` is the name, or the alias, under which that version is installed. */
export function smtpServerTarget(name: string, packageName: string): Target {
  return {
    name,
    title: 'smtp-server (npm), AUTH in plaintext allowed',
    start: async () => start(packageName, await selfSigned(['localhost'])),
  };
}

async function start(packageName: string, certificate: Certificate): Promise<RunningTarget> {
  const { version } = installed(packageName);
  const calls = newHookRecord();
  const mail = keptMail();
  const record = (report: Report): void => {
    if (report.kind === 'connected') calls.begin(report.client);
    if (report.kind === 'state') calls.keep(report.client, report);
    if (report.kind === 'mail') mail.keep(report.text);
  };
  const server = await keepAlive(port => {
    const child = launched(packageName, port, certificate);
    return { child, listening: listening(child, record) };
  });
  const tcp = tcpDriver({
    host: '127.0.0.1',
    port: server.port,
    serverName: 'localhost',
    clientCertificate: certificate,
    handlerStates: calls.of,
  });
  return {
    address: `smtp://127.0.0.1:${server.port}`,
    software: `smtp-server ${version}`,
    driver: {
      ...tcp,
      connect: async wait => {
        await server.ready();
        return tcp.connect(wait);
      },
      restarts: server.restarts,
    },
    protocol: 'smtp',
    login: USER,
    recipient: '*@lab.example',
    mailbox: mail,
    knownDeviations: [],
    ignored: [
      'session.error, the text of the last refusal, which outlives STARTTLS: hooks are given it, but it is written for the log',
    ],
    stop: server.stop,
  };
}

function launched(packageName: string, port: number, certificate: Certificate): ChildProcess {
  const script = fileURLToPath(sibling('smtp-server-child', import.meta.url));
  // A crash of the server is its own affair: its last words are not printed into our report.
  const child = fork(script, [packageName, String(port)], {
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    execArgv: [],
    detached: true,
  });
  child.send({ ...certificate, ...USER }, () => {});
  return child;
}

/** The port on which the child listens, once it does. All its reports go to `record`, now and later. */
function listening(child: ChildProcess, record: (report: Report) => void): Promise<number> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new TargetError('smtp-server did not start in time', 3)),
      START_LIMIT,
    );
    child.once('exit', () => {
      clearTimeout(timer);
      reject(new TargetError('smtp-server ended while it started', 3));
    });
    child.on('message', (message: unknown) => {
      const report = message as Report;
      record(report);
      if (report.kind === 'listening') {
        clearTimeout(timer);
        resolve(report.port);
      } else if (report.kind !== 'alive') {
        child.send({ acknowledged: report.id }, () => {});
      }
    });
  });
}
