/** The targets that have a name, and how any TARGET of the command line becomes one. */

import { isIP } from 'node:net';
import { tcpDriver } from '../drivers/tcp.ts';
import { labTarget } from './lab/launch.ts';
import { LAB_SERVERS } from './lab/servers.ts';
import { harakaTarget } from './npm/haraka.ts';
import { smtpServerTarget } from './npm/smtp-server.ts';
import { REFERENCE_TARGETS, referenceTarget } from './reference/named.ts';
import { type Target, TargetError } from './target.ts';

export const TARGETS: readonly Target[] = [
  ...REFERENCE_TARGETS,
  smtpServerTarget('smtp-server', 'smtp-server'),
  smtpServerTarget('smtp-server@3.19.2', 'smtp-server-3.19.2'),
  smtpServerTarget('smtp-server@3.19.17', 'smtp-server-3.19.17'),
  harakaTarget('haraka', 'haraka'),
  harakaTarget('haraka@3.1.6', 'haraka-3.1.6'),
  harakaTarget('haraka@3.1.7', 'haraka-3.1.7'),
  ...LAB_SERVERS.map(labTarget),
];

export interface AddressOptions {
  /** A host that the user states they may test. */
  readonly authorised?: string;
  readonly login?: { readonly user: string; readonly password: string };
  readonly recipient?: string;
  readonly helo?: string;
}

/** A registered name, or `smtp://host[:port]` and `lmtp://host[:port]`. */
export function targetOf(text: string, options: AddressOptions): Target {
  const named = TARGETS.find(({ name }) => name === text) ?? referenceTarget(text);
  if (named !== undefined) return named;
  const match = /^(smtp|lmtp):\/\/(\[[0-9a-f:]+\]|[^:/[\]]+)(?::(\d{1,5}))?\/?$/i.exec(text);
  if (match === null)
    throw new TargetError(`${text} is no target: use smtp://host:port, or a name from "afresh list targets"`);
  const [, scheme = 'smtp', bracketed = '', digits = '25'] = match;
  const host = bracketed.replace(/^\[|\]$/g, '');
  if (Number(digits) < 1 || Number(digits) > 65_535)
    throw new TargetError(`${text}: a port is a number from 1 to 65535`);
  if (!isPrivate(host) && options.authorised !== host) {
    throw new TargetError(
      `${host} is neither loopback nor private: say --authorised ${host} if you may test it`,
    );
  }
  const { authorised: _, ...facts } = options;
  return {
    name: text,
    title: text,
    start: () =>
      Promise.resolve({
        address: text,
        driver: tcpDriver({ host, port: Number(digits), ...(isIP(host) === 0 ? { serverName: host } : {}) }),
        protocol: scheme.toLowerCase() === 'lmtp' ? ('lmtp' as const) : ('smtp' as const),
        ...facts,
        knownDeviations: [],
        stop: () => Promise.resolve(),
      }),
  };
}

/** Loopback and the private ranges (RFC 1918, RFC 4193, RFC 3927); of names, `localhost` alone. */
export function isPrivate(host: string): boolean {
  if (host === 'localhost') return true;
  if (isIP(host) === 6) return host === '::1' || /^f[cd]/i.test(host) || /^fe[89ab]/i.test(host);
  return isIP(host) === 4 && /^(?:127\.|10\.|192\.168\.|169\.254\.|172\.(?:1[6-9]|2\d|3[01])\.)/.test(host);
}
