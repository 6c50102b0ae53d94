/** `afresh serve`: the reference server on loopback, sound or with a planted fault, until it is interrupted. */

import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { Command, InvalidArgumentError } from 'commander';
import { type Listening, listen } from '../targets/reference/listener.ts';
import { variantOf } from '../targets/reference/named.ts';
import { TargetError } from '../targets/target.ts';
import { interruption } from './interruption.ts';

interface Flags {
  readonly fault?: string;
  readonly port: number;
  readonly implicitTlsPort?: number;
  readonly certificate?: string;
}

const DEFAULT_PORT = 2525;

export function serveCommand(): Command {
  return new Command('serve')
    .description('the reference server on loopback, sound or with a planted fault')
    .option('--fault <name>', 'a name from "afresh list faults"')
    .option('--port <n>', 'where it listens; 0 takes any port that is free', port, DEFAULT_PORT)
    .option('--implicit-tls-port <n>', 'a second port, with TLS from the first byte', port)
    .option('--certificate <file>', 'write the certificate there (PEM), for clients that verify it')
    .action(serve);
}

async function serve({ fault, port, implicitTlsPort, certificate }: Flags): Promise<void> {
  const variant = fault === undefined ? undefined : variantOf(fault);
  const server = await listen(variant?.options ?? {}, {
    host: '127.0.0.1',
    port,
    ...(implicitTlsPort === undefined ? {} : { implicitTlsPort }),
  });
  try {
    if (certificate !== undefined) writeCertificate(certificate, server);
    process.stdout.write(
      `serving ${server.address}${variant === undefined ? '' : `: ${variant.name}, ${variant.title}`}\n` +
        (server.implicitTlsPort === undefined ? '' : `implicit TLS on port ${server.implicitTlsPort}\n`) +
        `login ${server.login?.user}:${server.login?.password}, recipients ${server.recipient}; Ctrl-C ends it\n`,
    );
    if (!interruption.aborted) await once(interruption, 'abort');
  } finally {
    await server.stop();
  }
}

function writeCertificate(file: string, { certificate }: Listening): void {
  try {
    writeFileSync(file, certificate);
  } catch (error) {
    throw new TargetError(`cannot write the certificate: ${(error as Error).message}`);
  }
}

function port(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value > 65_535)
    throw new InvalidArgumentError('A port is a number from 0 to 65535.');
  return value;
}
