/**
 * smtp-server in a process of its own, since some versions can be made to crash by what is sent to them.
 *
 * It tells the parent what its hooks are given and what mail it takes, over IPC. Each report is acknowledged before
 * the hook goes on, so that the parent has it before the client sees the reply. Arguments: package, port (0: any).
 */

import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import type { Readable } from 'node:stream';

/** The part of smtp-server's interface that is used here; the package has no types. */
interface SmtpServerModule {
  readonly SMTPServer: new (
    options: Record<string, unknown>,
  ) => {
    listen(port: number, host: string, ready: () => void): void;
    on(event: 'error', listener: () => void): void;
    readonly server: { address(): AddressInfo };
  };
}

type Session = Readonly<Record<string, unknown>> & { readonly remotePort: number };
type Next = (error?: Error | null, answer?: unknown) => void;

const [, , packageName = '', port = '0'] = process.argv;
const { SMTPServer } = createRequire(import.meta.url)(packageName) as SmtpServerModule;

const waiting = new Map<number, () => void>();
let reports = 0;

function report(content: object, acknowledged: () => void): void {
  reports += 1;
  waiting.set(reports, acknowledged);
  process.send?.({ ...content, id: reports }, () => {});
}

process.on('message', ({ acknowledged, question }: { acknowledged?: number; question?: number }) => {
  if (question !== undefined) process.send?.({ kind: 'alive', answer: question, id: 0 });
  if (acknowledged === undefined) return;
  const proceed = waiting.get(acknowledged);
  waiting.delete(acknowledged);
  proceed?.();
});
process.on('disconnect', () => process.exit());

/**
 * What JSON can say of a session; the copy is taken now, since the server goes on changing its object. Without
 * `error`, which `smtp-server.ts` lists among what is ignored.
 */
function plain({ error: _, ...session }: Session): unknown {
  return JSON.parse(
    JSON.stringify(session, (key, value: unknown) =>
      typeof value === 'function' || key.startsWith('_') ? undefined : value,
    ),
  );
}

const seen = (hook: string, session: Session, next: () => void): void =>
  report(
    {
      kind: 'state',
      client: session.remotePort,
      secure: session['secure'] === true,
      hook,
      state: plain(session),
    },
    next,
  );

process.once('message', ({ key, cert, user, password }: Record<string, string>) => {
  const server = new SMTPServer({
    key,
    cert,
    authOptional: true,
    allowInsecureAuth: true,
    disableReverseLookup: true,
    logger: false,
    onConnect: (session: Session, next: Next) =>
      report({ kind: 'connected', client: session.remotePort }, next),
    onAuth: (auth: { username: string; password: string }, session: Session, next: Next) => {
      const right = auth.username === user && auth.password === password;
      seen('onAuth', session, () =>
        next(right ? null : new Error('Invalid login'), right ? { user: auth.username } : undefined),
      );
    },
    onMailFrom: (_address: unknown, session: Session, next: Next) => seen('onMailFrom', session, next),
    onRcptTo: ({ address }: { address: string }, session: Session, next: Next) => {
      const taken = address.toLowerCase().endsWith('@lab.example') || session['user'] !== undefined;
      seen('onRcptTo', session, () => next(taken ? null : new Error('Relaying denied')));
    },
    onData: (stream: Readable, session: Session, next: Next) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const text = Buffer.concat(chunks).toString('latin1');
        seen('onData', session, () => report({ kind: 'mail', text }, next));
      });
    },
  });
  server.on('error', () => {});
  server.listen(Number(port), '127.0.0.1', () =>
    process.send?.({ kind: 'listening', port: server.server.address().port, id: 0 }),
  );
});
