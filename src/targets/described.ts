/**
 * A target that a file describes: where it is, how it is started and stopped, and what is known of it.
 *
 * The schema below is the one definition; `schemas/target.json` is made from it.
 */

import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { readDocument } from '../document.ts';
import { processDriver } from '../drivers/process.ts';
import { PolicyRows, withRows } from '../policy.ts';
import { addressOf, addressTarget, permit } from './address.ts';
import { selfSigned } from './certificate.ts';
import { type TargetOptions, withFacts } from './facts.ts';
import { startProcess } from './process.ts';
import { type RunningTarget, type Target, TargetError } from './target.ts';

/** The address of a server that has none: each connection is the command `start`, started anew as from inetd. */
export const STDIO = 'stdio:';

const Command = z.array(z.string()).min(1).readonly().describe('A program and its arguments; no shell.');

export const TargetDescription = z
  .strictObject({
    $schema: z.string().exactOptional(),
    schema: z.literal(1),
    kind: z.literal('afresh-target'),
    address: z
      .string()
      .describe(
        'smtp://host:port (STARTTLS), lmtp://host:port, or stdio: if `start` serves one connection on its streams',
      ),
    software: z.string().exactOptional().describe('Name and version, as reports shall give them.'),
    start: z
      .strictObject({
        command: Command,
        directory: z.string().exactOptional().describe('Where it runs; beside this file unless said.'),
        environment: z.record(z.string(), z.string()).exactOptional(),
        seconds: z
          .number()
          .positive()
          .max(600)
          .exactOptional()
          .describe('For the first greeting; 30 unless said.'),
      })
      .readonly()
      .exactOptional()
      .describe('Starts the server. The command is the server, or ends with 0 once the server runs.'),
    stop: Command.exactOptional().describe('Stops it; unless said, the started command is ended by SIGTERM.'),
    login: z
      .strictObject({ user: z.string().min(1), password: z.string() })
      .readonly()
      .exactOptional(),
    recipient: z.string().exactOptional().describe('One that is accepted; *@domain for any local part.'),
    helo: z.string().exactOptional().describe('The EHLO name, where not any will do.'),
    implicitTls: z
      .string()
      .exactOptional()
      .describe('The same service in TLS from the first byte: smtps://host:port'),
    delivery: z
      .union([
        z.strictObject({ maildir: z.string() }).readonly(),
        z.strictObject({ sink: z.int().min(1).max(65_535) }).readonly(),
      ])
      .exactOptional()
      .describe(
        'Where accepted mail turns up: in a Maildir, or at a port of 127.0.0.1 where afresh listens.',
      ),
    knownDeviations: z
      .array(
        z
          .strictObject({
            fingerprint: z.string().min(1),
            reason: z.string().regex(/\S/, 'no reason, no exception'),
          })
          .readonly(),
      )
      .readonly()
      .exactOptional()
      .describe(
        'Findings that are known and accepted, each with its reason. One that is not found any more is an error.',
      ),
    policy: PolicyRows.exactOptional().describe(
      'What may, must or must never outlive STARTTLS; what is usual in practice unless said.',
    ),
  })
  .readonly();
export type TargetDescription = z.infer<typeof TargetDescription>;

/** The target that a file describes; paths in it are taken from where it stands. */
export function describedTarget(file: string, { authorised }: TargetOptions): Target {
  const description = readDocument(file, {
    kind: 'afresh-target',
    what: 'the description of a target',
    schema: TargetDescription,
  });
  const folder = dirname(resolve(file));
  const { start, stop, software, policy, knownDeviations = [] } = description;
  const { login, recipient, helo, implicitTls, delivery } = description;
  const stdio = description.address === STDIO;
  const plain = stdio
    ? stdioTarget(file, folder, start)
    : networkTarget(file, description.address, authorised);
  const target: Target = {
    name: file,
    title: `described by ${file}`,
    start: async (): Promise<RunningTarget> => {
      const running = await plain.start();
      const facts = {
        knownDeviations,
        ...(software === undefined ? {} : { software }),
        ...(policy === undefined ? {} : { policy: withRows(policy) }),
      };
      if (start === undefined || stdio) return { ...running, ...facts };
      const { directory = '.', ...how } = start;
      const ended = await startProcess({
        start: how,
        ...(stop === undefined ? {} : { stop }),
        directory: resolve(folder, directory),
        driver: running.driver,
      });
      return { ...running, ...facts, stop: ended };
    },
  };
  return withFacts(target, {
    ...(authorised === undefined ? {} : { authorised }),
    ...(login === undefined ? {} : { login }),
    ...(recipient === undefined ? {} : { recipient }),
    ...(helo === undefined ? {} : { helo }),
    ...(implicitTls === undefined ? {} : { implicitTls }),
    ...(delivery === undefined
      ? {}
      : { delivery: 'sink' in delivery ? delivery : { maildir: resolve(folder, delivery.maildir) } }),
  });
}

function networkTarget(file: string, text: string, authorised: string | undefined): Target {
  const address = addressOf(text);
  if (address === undefined)
    throw new TargetError(`${file}: address: ${text} is not smtp://host:port, lmtp://host:port or ${STDIO}`);
  permit(address, authorised);
  return addressTarget(text, address);
}

/** A server whose every connection is a process of its own. */
function stdioTarget(file: string, folder: string, start: TargetDescription['start']): Target {
  if (start === undefined)
    throw new TargetError(
      `${file}: with the address ${STDIO}, "start" says which command serves a connection`,
    );
  const { command, directory = '.', environment } = start;
  const options = {
    command,
    directory: resolve(folder, directory),
    serverName: 'localhost',
    ...(environment === undefined
      ? {}
      : { environment: { PATH: process.env['PATH'] ?? '', ...environment } }),
  };
  return {
    name: STDIO,
    title: STDIO,
    start: async () => ({
      address: STDIO,
      driver: processDriver({ ...options, clientCertificate: await selfSigned(['localhost']) }),
      protocol: 'smtp',
      knownDeviations: [],
      stop: async () => {},
    }),
  };
}
