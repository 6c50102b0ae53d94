/**
 * What a planted fault is: a name, what goes wrong in one sentence, and the options that make the reference server
 * do it. The server itself knows no fault.
 */

import { type Behaviour, SOUND } from '../behaviour.ts';
import type { ServerOptions } from '../options.ts';

export const FAMILIES = {
  field: 'one field of the session is kept',
  context: 'one field is kept, but only in a certain context',
  buffer: 'bytes sent in plaintext are taken for what TLS brought',
  grant: 'a count or a flag of the plaintext grants something in TLS',
  promoted: 'a command is taken in TLS in a state where it is out of order',
  stale: 'a sound client is refused in TLS because of what was said in plaintext',
  list: 'the extension list in TLS is not that of a new session',
  trace: 'what was said in plaintext shows only in the mail delivered, in hooks, or in texts',
  handshake: 'the server goes on after a handshake that failed, or speaks plaintext behind the 220',
  ticket: 'a TLS ticket carries knowledge to another connection',
  starttls: 'STARTTLS itself is taken where it must not be',
} as const;

export type Family = keyof typeof FAMILIES;

/** The reference server, bent. */
export interface Variant {
  /** In lower case, words joined by hyphens. */
  readonly name: string;
  /** What is different, in one line. */
  readonly title: string;
  readonly options: Partial<ServerOptions>;
}

export interface Fault extends Variant {
  readonly family: Family;
}

/** A fault that bends the behaviour and nothing else. */
export function fault(family: Family, name: string, title: string, bent: Partial<Behaviour>): Fault {
  return { family, name, title, options: { behaviour: { ...SOUND, ...bent } } };
}
