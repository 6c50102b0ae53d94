/** Addresses of targets, and which of them may be tested without asking. */

import { isIP } from 'node:net';
import { type TcpOptions, tcpDriver } from '../drivers/tcp.ts';
import { selfSigned } from './certificate.ts';
import { type Target, TargetError } from './target.ts';

/** How the user says where a target is. `smtps` is SMTP in TLS from the first byte (RFC 8314, section 3.3). */
export interface Address {
  readonly scheme: 'smtp' | 'lmtp' | 'smtps';
  readonly host: string;
  readonly port: number;
}

const ADDRESS = /^(smtp|lmtp|smtps):\/\/(\[[0-9a-f:.]+\]|[^:/[\]\s]+)(?::(\d{1,5}))?\/?$/i;
const DEFAULT_PORTS = { smtp: 25, lmtp: 24, smtps: 465 } as const;

/** `scheme://host[:port]`; undefined if the text is no address at all. */
export function addressOf(text: string): Address | undefined {
  const match = ADDRESS.exec(text);
  if (match === null) return undefined;
  const [, scheme = '', bracketed = '', digits] = match;
  const kind = scheme.toLowerCase() as Address['scheme'];
  const port = digits === undefined ? DEFAULT_PORTS[kind] : Number(digits);
  if (port < 1 || port > 65_535) throw new TargetError(`${text}: a port is a number from 1 to 65535`);
  return { scheme: kind, host: bracketed.replace(/^\[|\]$/g, '').toLowerCase(), port };
}

/** Refuses a host that is neither near nor stated, by `--authorised`, to be the user's to test. */
export function permit({ host }: Address, authorised: string | undefined): void {
  if (isPrivate(host) || authorised?.toLowerCase() === host) return;
  throw new TargetError(
    `${host} is neither loopback nor private: say --authorised ${host} (in a campaign file, authorised: ${host}) if you may test it`,
  );
}

/** Loopback and the private ranges (RFC 1918, RFC 4193, RFC 3927); of names, `localhost` alone. */
function isPrivate(host: string): boolean {
  if (host === 'localhost') return true;
  if (isIP(host) === 6) return host === '::1' || /^f[cd]/i.test(host) || /^fe[89ab]/i.test(host);
  return isIP(host) === 4 && /^(?:127\.|10\.|192\.168\.|169\.254\.|172\.(?:1[6-9]|2\d|3[01])\.)/.test(host);
}

/** Where TCP finds it; an IP address is no server name (RFC 6066, section 3), and a server asked by another knows no better. */
export function tcpOptions({ scheme, host, port }: Address): TcpOptions {
  return {
    host,
    port,
    serverName: isIP(host) === 0 ? host : 'localhost',
    ...(scheme === 'smtps' ? { implicitTls: true } : {}),
  };
}

/** A server that somebody else runs. */
export function addressTarget(text: string, address: Address): Target {
  if (address.scheme === 'smtps') {
    throw new TargetError(
      `${text}: in TLS from the first byte there is no STARTTLS to test; give its smtp:// address, and this one as --implicit-tls`,
    );
  }
  const protocol = address.scheme;
  return {
    name: text,
    title: text,
    start: async () => ({
      address: text,
      // Shown by those scenarios that say so; what a server makes of it must not depend on the plaintext.
      driver: tcpDriver({ ...tcpOptions(address), clientCertificate: await selfSigned(['localhost']) }),
      protocol,
      knownDeviations: [],
      stop: () => Promise.resolve(),
    }),
  };
}
