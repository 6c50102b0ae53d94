/**
 * The client's TLS engine (`node:tls`): how it is made, how its handshake ends, and when it needs no wire.
 *
 * It runs on any stream and knows nothing of what is said in it.
 */

import type net from 'node:net';
import tls from 'node:tls';
import type { HandshakeRequest, HandshakeResult } from './driver.ts';
import type { Wire } from './wire.ts';

export interface ClientIdentity {
  /** The name sent as SNI where a scenario asks for it. */
  readonly serverName?: string;
  readonly clientCertificate?: { readonly key: string; readonly cert: string };
}

/**
 * Whether a peer sends plaintext between its 220 and its first TLS record though none is due. `no` is believed after one
 * handshake on a wire; a handshake on the socket itself that fails takes it back for good.
 */
export interface Habit {
  strays: 'unknown' | 'no' | 'perhaps';
}

export const newHabit = (): Habit => ({ strays: 'unknown' });

export function newEngine(
  request: HandshakeRequest,
  stream: Wire | net.Socket,
  identity: ClientIdentity,
): tls.TLSSocket {
  const { serverName } = identity;
  return tls.connect({
    socket: stream,
    // What the certificate says is no business of this property; the target is untrusted anyway.
    rejectUnauthorized: false,
    secureContext: secureContext(request, identity),
    ...(request.sni && serverName !== undefined ? { servername: serverName } : {}),
    ...(request.ticket === undefined ? {} : { session: request.ticket }),
  });
}

const contexts = new WeakMap<ClientIdentity, Map<string, tls.SecureContext>>();

/**
 * What is the same for all connections of a kind, made once. It holds no session: those are handed to each engine. Made
 * for each connection anew it would hold native memory, which the collector does not see, until it is collected.
 */
function secureContext(
  { version, certificate }: HandshakeRequest,
  identity: ClientIdentity,
): tls.SecureContext {
  const made = contexts.get(identity) ?? new Map<string, tls.SecureContext>();
  contexts.set(identity, made);
  const kind = `${version} ${certificate}`;
  const context =
    made.get(kind) ??
    tls.createSecureContext({
      minVersion: 'TLSv1.2',
      maxVersion: `TLSv${version}`,
      ...(certificate ? identity.clientCertificate : {}),
    });
  made.set(kind, context);
  return context;
}

/** How the handshake ends, within `wait` milliseconds. */
export function completion(engine: tls.TLSSocket, wait: number): Promise<HandshakeResult> {
  return new Promise(resolve => {
    const settle = (result: HandshakeResult): void => {
      clearTimeout(timer);
      resolve(result);
    };
    const timer = setTimeout(settle, wait, { kind: 'silence' });
    engine.once('secureConnect', () =>
      settle({ kind: 'completed', version: engine.getProtocol() ?? '', resumed: engine.isSessionReused() }),
    );
    engine.once('error', (error: NodeJS.ErrnoException) =>
      settle({ kind: 'failed', reason: error.code ?? error.message }),
    );
    engine.once('close', () => settle({ kind: 'failed', reason: 'closed during the handshake' }));
  });
}
