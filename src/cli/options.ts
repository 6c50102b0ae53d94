/** The options that commands share: spelled, explained and read in one place. */

import { type Command, InvalidArgumentError } from 'commander';
import { CLAIMS } from '../../properties/index.ts';
import type { Claim } from '../claim.ts';
import { milliseconds } from '../duration.ts';
import { RUN_LIMITS, type RunLimits } from '../stage.ts';
import { suggestion } from '../suggestion.ts';
import type { TargetOptions } from '../targets/facts.ts';
import { TargetError } from '../targets/target.ts';

/** What is said of the target; `addTargetOptions` adds these. */
export interface TargetFlags {
  readonly auth?: { readonly user: string; readonly password: string };
  readonly rcpt?: string;
  readonly helo?: string;
  readonly authorised?: string;
  readonly implicitTls?: string;
  readonly maildir?: string;
  readonly sink?: number;
  readonly deliveryWait?: number;
}

export function addTargetOptions(command: Command): Command {
  return command
    .option('--auth <user:password>', 'a login that is right', login)
    .option('--rcpt <address>', 'a recipient that is accepted; *@domain for any local part')
    .option('--helo <name>', 'the EHLO name, where not any will do')
    .option('--authorised <host>', 'states that you may test this host')
    .option('--implicit-tls <address>', 'the same service in TLS from the first byte: smtps://host:port')
    .option('--maildir <dir>', 'where the target delivers mail; what is ours is removed from there')
    .option('--sink <port>', 'listen on this port of 127.0.0.1 for mail that the target relays', port)
    .option('--delivery-wait <duration>', 'how long a delivery may take (5s unless said)', duration);
}

/** The flags as the targets know them. */
export function targetOptionsOf(flags: TargetFlags): TargetOptions {
  if (flags.maildir !== undefined && flags.sink !== undefined)
    throw new TargetError('say --maildir or --sink, not both');
  return {
    ...(flags.authorised === undefined ? {} : { authorised: flags.authorised }),
    ...(flags.auth === undefined ? {} : { login: flags.auth }),
    ...(flags.rcpt === undefined ? {} : { recipient: flags.rcpt }),
    ...(flags.helo === undefined ? {} : { helo: flags.helo }),
    ...(flags.implicitTls === undefined ? {} : { implicitTls: flags.implicitTls }),
    ...(flags.maildir === undefined ? {} : { delivery: { maildir: flags.maildir } }),
    ...(flags.sink === undefined ? {} : { delivery: { sink: flags.sink } }),
  };
}

export const runLimitsOf = ({ deliveryWait }: TargetFlags): RunLimits =>
  deliveryWait === undefined ? RUN_LIMITS : { ...RUN_LIMITS, delivery: deliveryWait };

/** What `--reproducer` writes to; the ending says in which language. */
export function reproducerFile(text: string): string {
  if (/\.(?:mjs|py)$/.test(text)) return text;
  throw new InvalidArgumentError('Its name ends in .mjs (Node) or .py (Python 3).');
}

/** Milliseconds of `30s`, `5m`, `1h` or `250ms`. */
export function duration(text: string): number {
  const time = milliseconds(text);
  if (time === undefined)
    throw new InvalidArgumentError('Say a duration such as 30s, 5m or 1h, no longer than 24 days.');
  return time;
}

/** A whole number from 1. */
export function whole(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) throw new InvalidArgumentError('Say a whole number from 1.');
  return value;
}

export function queueUrl(text: string): string {
  // Behind the host stands the number of a database, if anything.
  if (/^rediss?:\/\/[^/]+(?:\/\d{0,5})?$/.test(text) && URL.canParse(text)) return text;
  throw new InvalidArgumentError('Say the address of a Redis, such as redis://127.0.0.1:6379.');
}

export function port(text: string): number {
  const value = whole(text);
  if (value > 65_535) throw new InvalidArgumentError('A port is a number from 1 to 65535.');
  return value;
}

export function claims(text: string): readonly Claim[] {
  return text.split(',').map(part => {
    const id = part.trim();
    const claim = CLAIMS.find(known => known.id === id);
    if (claim !== undefined) return claim;
    const known = CLAIMS.map(({ id }) => id);
    throw new InvalidArgumentError(
      `There is no claim ${id}.${suggestion(id, known)} Known: ${known.join(', ')}.`,
    );
  });
}

export function login(text: string): { readonly user: string; readonly password: string } {
  const colon = text.indexOf(':');
  if (colon < 1) throw new InvalidArgumentError('Say user:password.');
  return { user: text.slice(0, colon), password: text.slice(colon + 1) };
}
