/**
 * The reference server as a target over real TCP and TLS, on loopback only.
 *
 * It opens the ports and makes what all connections share: the certificate, the mailbox, the hooks' record. What
 * goes on in one connection is the affair of `connection.ts`.
 */

import net, { type AddressInfo } from 'node:net';
import tls from 'node:tls';
import { tcpDriver } from '../../drivers/tcp.ts';
import { selfSigned } from '../certificate.ts';
import { newHookRecord } from '../hook-record.ts';
import { keptMail } from '../mail/kept.ts';
import { type RunningTarget, TargetError } from '../target.ts';
import { BOUNDS, type Bounds, type House, serve } from './connection.ts';
import { type ServerOptions, serverOptions } from './options.ts';
import { newTickets } from './tickets.ts';

export interface Place {
  /** A loopback address. */
  readonly host: string;
  /** 0 takes any port that is free. */
  readonly port: number;
  /** A second port with TLS from the first byte (RFC 8314). */
  readonly implicitTlsPort?: number;
}

export type TlsVersions = Pick<tls.SecureContextOptions, 'minVersion' | 'maxVersion'>;

export interface Listening extends RunningTarget {
  readonly port: number;
  readonly implicitTlsPort?: number;
  /** PEM. Clients that verify have to trust it; it names `localhost` and 127.0.0.1. */
  readonly certificate: string;
}

/** Listens, and resolves when connections are taken. */
export async function listen(
  options: Partial<ServerOptions>,
  where: Place,
  versions: TlsVersions = {},
  bounds: Partial<Bounds> = {},
): Promise<Listening> {
  if (!isLoopback(where.host)) throw new TargetError(`${where.host} is no loopback address`);
  const certificate = await selfSigned(['localhost']);
  const mail = keptMail();
  const calls = newHookRecord();
  const shared = serverOptions(options);
  const deliver: ServerOptions['deliver'] = message => {
    mail.keep(message.text);
    shared.deliver(message);
  };
  const secured = { ...certificate, ...versions, sessionIdContext: 'afresh' };
  const house: House = {
    options: { ...shared, deliver },
    // One context for all connections, so that a ticket of one resumes its session on another.
    context: tls.createSecureContext(secured),
    ...(shared.namesTickets ? { tickets: newTickets(secured) } : {}),
    bounds: { ...BOUNDS, ...bounds },
    calls,
  };
  const doors = await openDoors(house, where);
  const [port = 0, implicitTlsPort] = doors.map(door => door.port);
  const reached = {
    host: where.host,
    serverName: 'localhost',
    clientCertificate: certificate,
    handlerStates: calls.of,
  };
  return {
    address: `${shared.lmtp ? 'lmtp' : 'smtp'}://${net.isIPv6(where.host) ? `[${where.host}]` : where.host}:${port}`,
    software: 'afresh reference server',
    port,
    certificate: certificate.cert,
    driver: tcpDriver({ ...reached, port }),
    ...(implicitTlsPort === undefined
      ? {}
      : {
          implicitTlsPort,
          implicitTls: tcpDriver({ ...reached, port: implicitTlsPort, implicitTls: true }),
        }),
    protocol: shared.lmtp ? 'lmtp' : 'smtp',
    login: { user: shared.user, password: shared.password },
    recipient: `*@${shared.domain}`,
    mailbox: mail,
    knownDeviations: [],
    stop: async () => {
      await Promise.all(doors.map(door => door.close()));
    },
  };
}

const isLoopback = (host: string): boolean => host === '::1' || (net.isIPv4(host) && host.startsWith('127.'));

interface Door {
  readonly port: number;
  readonly close: () => Promise<void>;
}

/** The plaintext port, and behind it the one with implicit TLS if it is wanted. */
async function openDoors(house: House, { host, port, implicitTlsPort }: Place): Promise<readonly Door[]> {
  const first = await openDoor(house, host, port, false);
  if (implicitTlsPort === undefined) return [first];
  try {
    return [first, await openDoor(house, host, implicitTlsPort, true)];
  } catch (error) {
    await first.close();
    throw error;
  }
}

/** In words that say what to do about it. */
function doorError({ code, message }: NodeJS.ErrnoException, port: number): string {
  if (code === 'EADDRINUSE') return `port ${port} is taken: choose another one, or 0 for any`;
  if (code === 'EACCES') return `port ${port} may not be opened without privileges: choose one above 1023`;
  return message;
}

function openDoor(house: House, host: string, port: number, implicitTls: boolean): Promise<Door> {
  const sockets = new Set<net.Socket>();
  const server = net.createServer({ allowHalfOpen: true, noDelay: true }, socket => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    serve(socket, house, implicitTls);
  });
  server.maxConnections = house.bounds.connections;
  const close = (): Promise<void> =>
    new Promise(done => {
      server.close(() => done());
      for (const socket of sockets) socket.destroy();
    });
  return new Promise((resolve, reject) => {
    // Once it listens, an error concerns one connection that could not be taken, and is that client's affair.
    server.on('error', error => reject(new TargetError(doorError(error, port))));
    server.listen({ host, port }, () => resolve({ port: (server.address() as AddressInfo).port, close }));
  });
}
