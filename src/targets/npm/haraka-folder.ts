/**
 * The folder that Haraka is started on: its configuration, a certificate and our plugin. It knows what Haraka reads
 * there, and nothing of processes.
 *
 * Not Haraka's default: one process (`nodes=0`); warnings and worse are logged, nothing else; our plugin, which
 * answers the reverse look-up so that no DNS is asked, switches Nagle's algorithm off, and takes all mail so that
 * none is relayed; no delay behind a failed AUTH (`auth/flat_file.timeout`); PLAIN and LOGIN beside CRAM-MD5; a key for
 * INTERNALCMD, with which any client on loopback could shut Haraka down. That AUTH is offered to loopback in plaintext is
 * the default of `auth/flat_file`.
 */

import { getDiffieHellman, randomUUID } from 'node:crypto';
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Certificate } from '../certificate.ts';
import { TargetError } from '../target.ts';

export const USER = { user: 'tester', password: 'secret' } as const;
export const DOMAIN = 'lab.example';

const PLUGIN = fileURLToPath(new URL('haraka-plugin.cjs', import.meta.url));

/**
 * Our plugin stands first, since a plugin that decides a hook keeps it from those behind. The others are in the
 * order of the list that comes with Haraka; it matters for what STARTTLS does to an AUTH dialogue that is open.
 */
const PLUGINS = ['afresh', 'tls', 'auth/flat_file', 'rcpt_to.in_host_list'];

/** A new temporary folder for the Haraka whose package lies in `packageRoot`. Whoever gets it removes it. */
export async function newFolder(packageRoot: string, certificate: Certificate): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'afresh-haraka-'));
  try {
    await fill(folder, packageRoot, certificate);
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw new TargetError(`The folder for Haraka cannot be filled: ${(error as Error).message}`, 3);
  }
  return folder;
}

async function fill(folder: string, packageRoot: string, certificate: Certificate): Promise<void> {
  await mkdir(join(folder, 'plugins'));
  await copyFile(PLUGIN, join(folder, 'plugins', 'afresh.js'));
  for (const [name, content] of Object.entries(configuration(certificate))) {
    const path = join(folder, 'config', name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, `${content}\n`);
  }
  // Haraka has no defaults in its code for what stands in this file.
  await copyFile(join(packageRoot, 'config', 'connection.ini'), join(folder, 'config', 'connection.ini'));
}

function configuration({ key, cert }: Certificate): Readonly<Record<string, string>> {
  return {
    // Port 0: the system picks a free one, and the plugin tells which.
    'smtp.ini': 'listen=127.0.0.1:0\nnodes=0',
    'log.ini': 'level=warn\nformat=default',
    'outbound.ini': 'disabled=true',
    plugins: PLUGINS.join('\n'),
    me: `mx.${DOMAIN}`,
    host_list: DOMAIN,
    internalcmd_key: randomUUID(),
    'auth_flat_file.ini': `[core]\nmethods=PLAIN,LOGIN,CRAM-MD5\n[users]\n${USER.user}=${USER.password}`,
    'auth/flat_file.timeout': '1',
    'tls.ini': '[main]',
    'tls_key.pem': key,
    'tls_cert.pem': cert,
    'dhparams.pem': dhParameters(),
  };
}

/**
 * The 2048-bit group of RFC 3526, section 3, as PEM. Without this file Haraka has openssl search for a group, which
 * can take half a minute. In DER it is a SEQUENCE of the prime (with a leading zero, since its top bit is set) and of 2.
 */
function dhParameters(): string {
  const der = Buffer.concat([
    Buffer.from('308201080282010100', 'hex'),
    getDiffieHellman('modp14').getPrime(),
    Buffer.from('020102', 'hex'),
  ]);
  const lines = der.toString('base64').replace(/.{64}/g, '$&\n');
  return `-----BEGIN DH PARAMETERS-----\n${lines}\n-----END DH PARAMETERS-----`;
}
