/**
 * What a server of the lab is: packages, configuration and commands as data.
 *
 * All servers are given the same world: one name, one account, one domain, a certificate, ports of 127.0.0.1, and
 * either a Maildir or the sink for whatever they accept. No mail can leave the machine.
 */

import type { HandlerState } from '../../drivers/driver.ts';
import type { Certificate } from '../certificate.ts';
import type { KnownDeviation } from '../target.ts';
import type { RootRequest } from './root.ts';

export const WORLD = {
  host: 'mx.lab.example',
  domain: 'lab.example',
  user: 'tester',
  password: 'secret',
  /** Paths inside the root. */
  cert: '/lab/tls/cert.pem',
  key: '/lab/tls/key.pem',
  maildir: '/lab/mail/box',
} as const;

/** Every address of the domain is accepted. */
export const RECIPIENT = `*@${WORLD.domain}`;

/** The password for servers that want it hashed (`openssl passwd -6`). */
export const CRYPTED_PASSWORD =
  '$6$afreshlab$YNu3pmF5EqeiNhDqcEvZGChhidD9s0mKZ35jMQ9M1OHrWUoosFEbO.3nVo6fRvl2AvVMGW6HB.ZqVBHbuxavC.';

/** For servers that ask Cyrus SASL: the account in its own database. Needs `sasl2-bin`. */
export const SASL_ACCOUNT: readonly string[] = [
  'sh',
  '-c',
  `echo ${WORLD.password} | saslpasswd2 -p -c -u ${WORLD.host} ${WORLD.user}`,
];

/** Ports of 127.0.0.1, chosen at each start. */
export interface Ports {
  /** Where the server listens for SMTP with STARTTLS, and for SMTP in TLS from the first byte. */
  readonly smtp: number;
  readonly smtps: number;
  /** Where the sink listens; 0 if there is none. */
  readonly sink: number;
  /** Where the server's helper listens; 0 if there is none. */
  readonly helper: number;
}

/** A file that is text only belongs to root and is readable by all. */
export type LabFile =
  | string
  | {
      readonly text: string;
      readonly mode?: number | undefined;
      readonly owner?: string | undefined;
    };

/** Something in this process that a server asks. */
export interface Helper {
  readonly port: number;
  /** What the application hooks were given, by the client's port; see `handlers.ts`. */
  readonly handlerStates?: (clientPort: number) => readonly HandlerState[];
  close(): Promise<void>;
}

export interface LabServer extends RootRequest {
  readonly title: string;
  /** The name of the software, and the package whose version is its version. */
  readonly software: readonly [name: string, packageName: string];
  /** SMTP unless said. */
  readonly protocol?: 'smtp' | 'lmtp';
  /** Users, each with a group of the same name and number. */
  readonly users?: Readonly<Record<string, number>>;
  /** Folders and their owners. */
  readonly folders?: Readonly<Record<string, string>>;
  readonly links?: Readonly<Record<string, string>>;
  readonly files: (ports: Ports, certificate: Certificate) => Readonly<Record<string, LabFile>>;
  /** Commands that have to succeed before the start. */
  readonly prepare?: readonly (readonly string[])[];
  /** Commands that stay in the foreground; if one ends, all are ended. */
  readonly commands: (ports: Ports) => readonly (readonly string[])[];
  /** A command that serves one connection on its standard input and output, for a server that does not listen. */
  readonly perConnection?: readonly string[];
  /** Who reads the certificate's key, if not root. */
  readonly keyOwner?: string;
  /** Who owns the Maildir that it delivers to; without an owner it relays to the sink. */
  readonly maildirOwner?: string;
  readonly helper?: (sink: number) => Promise<Helper>;
  /** Whether it listens on `ports.smtps`. */
  readonly implicitTls: boolean;
  /** The test account's name, where it is not that of the lab. */
  readonly user?: string;
  readonly knownDeviations: readonly KnownDeviation[];
}
