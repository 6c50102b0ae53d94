/**
 * smtp-server (nodemailer) in this process, of any of the versions at hand, with a test account and one domain.
 *
 * Not the default: `authOptional` and `allowInsecureAuth`, without which no AUTH could be spoken in plaintext;
 * `disableReverseLookup`, so that no DNS is asked. The hooks record the session object they are given.
 */

import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import type { Readable } from 'node:stream';
import type { HandlerState } from '../../drivers/driver.ts';
import { tcpDriver } from '../../drivers/tcp.ts';
import { type Certificate, selfSigned } from '../certificate.ts';
import { keptMail } from '../mailbox.ts';
import type { RunningTarget, Target } from '../target.ts';

/** The part of smtp-server’s interface that is used here; the package has no types. */
interface SmtpServerModule {
  readonly SMTPServer: new (
    options: Record<string, unknown>,
  ) => {
    listen(port: number, host: string, ready: () => void): void;
    close(done: () => void): void;
    on(event: 'error', listener: () => void): void;
    readonly server: { address(): AddressInfo };
  };
}

type Session = Readonly<Record<string, unknown>> & { readonly remotePort: number };
type Next = (error?: Error | null, answer?: unknown) => void;

const require = createRequire(import.meta.url);
const USER = { user: 'tester', password: 'secret' } as const;

/** `package` is the name, or the alias, under which that version is installed. */
export function smtpServerTarget(name: string, packageName: string): Target {
  return {
    name,
    title: 'smtp-server (npm), AUTH in plaintext allowed',
    start: async () => start(packageName, await selfSigned(['localhost'])),
  };
}

async function start(packageName: string, certificate: Certificate): Promise<RunningTarget> {
  const { SMTPServer } = require(packageName) as SmtpServerModule;
  const { version } = require(`${packageName}/package.json`) as { version: string };
  const states = new Map<number, HandlerState[]>();
  const mail = keptMail();
  const seen = (hook: string, session: Session): void => {
    const known = states.get(session.remotePort) ?? [];
    // The copy is taken now: the server goes on changing its object.
    known.push({ hook, state: structuredCloneable(session) });
    states.set(session.remotePort, known);
  };
  const server = new SMTPServer({
    ...certificate,
    authOptional: true,
    allowInsecureAuth: true,
    disableReverseLookup: true,
    logger: false,
    onConnect: (session: Session, next: Next) => {
      states.set(session.remotePort, []);
      next();
    },
    onAuth: (auth: { username: string; password: string }, session: Session, next: Next) => {
      seen('onAuth', session);
      const right = auth.username === USER.user && auth.password === USER.password;
      next(right ? null : new Error('Invalid login'), right ? { user: auth.username } : undefined);
    },
    onMailFrom: (_address: unknown, session: Session, next: Next) => {
      seen('onMailFrom', session);
      next();
    },
    onRcptTo: ({ address }: { address: string }, session: Session, next: Next) => {
      seen('onRcptTo', session);
      const local = address.toLowerCase().endsWith('@lab.example');
      next(local || session['user'] !== undefined ? null : new Error('Relaying denied'));
    },
    onData: (stream: Readable, session: Session, next: Next) => {
      seen('onData', session);
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        mail.keep(Buffer.concat(chunks).toString('latin1'));
        next();
      });
    },
    onClose: ({ remotePort }: Session) => setTimeout(() => states.delete(remotePort), 10_000).unref(),
  });
  server.on('error', () => {});
  await new Promise<void>(ready => server.listen(0, '127.0.0.1', ready));
  const { port } = server.server.address();
  return {
    address: `smtp://127.0.0.1:${port}`,
    software: `smtp-server ${version}`,
    driver: tcpDriver({
      host: '127.0.0.1',
      port,
      serverName: 'localhost',
      clientCertificate: certificate,
      handlerStates: clientPort => states.get(clientPort) ?? [],
    }),
    protocol: 'smtp',
    login: USER,
    recipient: '*@lab.example',
    mailbox: mail,
    knownDeviations: [],
    stop: () => new Promise(done => server.close(done)),
  };
}

/** What JSON can say of a session; functions and sockets are left out. */
function structuredCloneable(session: Session): unknown {
  return JSON.parse(
    JSON.stringify(session, (key, value: unknown) =>
      typeof value === 'function' || key.startsWith('_') ? undefined : value,
    ),
  );
}
