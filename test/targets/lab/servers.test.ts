/** Each server of the lab on this machine: a real session, real delivery, nothing but loopback, nothing left behind. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { newNonce } from '../../../src/nonce.ts';
import { probe, servesKnownGood } from '../../../src/probe.ts';
import { run } from '../../../src/run.ts';
import type { Scenario } from '../../../src/scenario.ts';
import { processesIn } from '../../../src/targets/lab/instance.ts';
import { labTarget } from '../../../src/targets/lab/launch.ts';
import { labFolder, obstacle } from '../../../src/targets/lab/root.ts';
import type { LabServer } from '../../../src/targets/lab/server.ts';
import { LAB_SERVERS } from '../../../src/targets/lab/servers.ts';
import type { RunningTarget } from '../../../src/targets/target.ts';

const why = obstacle();
/** The first start on a machine fetches the packages. */
const START = 300_000;
const INSTANCES = join(labFolder(), 'instances');

/** One message, in TLS, behind a login; LMTP has none. */
const transaction = ({ protocol }: LabServer): Scenario => ({
  before: [{ kind: protocol === 'lmtp' ? 'lhlo' : 'ehlo', name: 'a' }],
  upgrade: { handshake: { kind: 'sound', version: '1.3' } },
  after: [
    ...(protocol === 'lmtp'
      ? [{ kind: 'lhlo', name: 'b' } as const]
      : [
          { kind: 'ehlo', name: 'b' } as const,
          { kind: 'auth', mechanism: 'PLAIN', answer: 'right', user: 'u', initial: true } as const,
        ]),
    { kind: 'mail', from: 'c' },
    { kind: 'rcpt', to: 'd' },
    { kind: 'data', body: 'plain', token: 'e' },
  ],
});

describe.skipIf(why !== undefined)(
  `servers of the lab${why === undefined ? '' : ` (skipped: ${why})`}`,
  () => {
    it.for(LAB_SERVERS)(
      '$name serves login and delivery in TLS, on loopback only',
      { timeout: START },
      async server => {
        const target = await labTarget(server).start();
        try {
          expect(target.software).toMatch(/ \d/);
          const probed = await probe(target);
          expect(probed.baseline).toBeDefined();
          expect(await servesKnownGood(probed)).toBe(true);
          const nonce = newNonce();
          const transcript = await run(probed.stage, transaction(server), { ...probed.speech, nonce });
          expect(transcript.upgrade).toBe('secure');
          expect(transcript.deliveries[0]?.text).toContain(nonce);
          if (server.implicitTls) await greetsInTls(target);
          const [instance = ''] = await instancesOf(process.pid);
          const listening = await listeners(await processesIn(join(INSTANCES, instance)));
          if (server.perConnection === undefined) expect(listening).toSatisfy(onLoopback);
          else expect(listening).toEqual([]);
        } finally {
          await target.stop();
        }
        expect(await instancesOf(process.pid)).toEqual([]);
      },
    );

    it('ends its servers when the process that started them is killed', { timeout: START }, async () => {
      const script = `
      const { labTarget } = await import(${JSON.stringify(join(import.meta.dirname, '../../../src/targets/lab/launch.ts'))});
      const { LAB_SERVERS } = await import(${JSON.stringify(join(import.meta.dirname, '../../../src/targets/lab/servers.ts'))});
      await labTarget(LAB_SERVERS.find(({ name }) => name === 'aiosmtpd')).start();
      console.log('started');`;
      const starter = spawn(process.execPath, ['--input-type=module', '-e', script], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const [line] = await once(createInterface({ input: starter.stdout }), 'line');
      expect(line).toBe('started');
      const mine = async (): Promise<string[]> =>
        (await readdir(INSTANCES)).filter(name => name.includes(`.${starter.pid}.`));
      expect(await mine()).toHaveLength(1);
      starter.kill('SIGKILL');
      while ((await mine()).length > 0) await delay(20);
    });
  },
);

/** Those that a process has made. */
const instancesOf = async (pid: number | undefined): Promise<readonly string[]> =>
  (await readdir(INSTANCES)).filter(name => name.includes(`.${pid}.`));

async function greetsInTls({ implicitTls }: RunningTarget): Promise<void> {
  const opening = await implicitTls?.connect(5_000);
  expect(opening?.kind).toBe('open');
  if (opening?.kind !== 'open') return;
  const received = await opening.connection.receive(5_000);
  opening.connection.end('close_notify');
  expect(received).toMatchObject({ kind: 'bytes', bytes: expect.stringMatching(/^220[ -]/) });
}

const onLoopback = (addresses: readonly string[]): boolean =>
  addresses.length > 0 && addresses.every(address => /^(?:127\.|::1$|::ffff:127\.)/.test(address));

/** Clients' sockets get ports from here on; one that asks a name server is bound to any address. */
const EPHEMERAL = 32_768;

/** Addresses on which any of the processes takes connections or datagrams. */
async function listeners(pids: readonly number[]): Promise<readonly string[]> {
  const sockets = new Set<string>();
  for (const pid of pids) {
    for (const fd of await readdir(`/proc/${pid}/fd`).catch(() => [])) {
      const inode = /^socket:\[(\d+)\]$/.exec(await readlink(`/proc/${pid}/fd/${fd}`).catch(() => ''))?.[1];
      if (inode !== undefined) sockets.add(inode);
    }
  }
  const found: string[] = [];
  for (const [table, listening] of [
    ['tcp', '0A'],
    ['tcp6', '0A'],
    ['udp', '07'],
    ['udp6', '07'],
  ] as const) {
    for (const line of (await readFile(`/proc/net/${table}`, 'utf8')).split('\n').slice(1)) {
      const [, local = '', , state, , , , , , inode = ''] = line.trim().split(/\s+/);
      const [host = '', port = ''] = local.split(':');
      if (table.startsWith('udp') && Number.parseInt(port, 16) >= EPHEMERAL) continue;
      if (state === listening && sockets.has(inode)) found.push(address(host));
    }
  }
  return found;
}

/** From the kernel's table: words of four bytes, each in the order of this machine. */
function address(hex: string): string {
  const bytes = (hex.match(/.{8}/g) ?? []).flatMap(word => [...Buffer.from(word, 'hex')].reverse());
  if (bytes.length === 4) return bytes.join('.');
  const mapped = bytes.slice(0, 12).every((byte, index) => byte === (index < 10 ? 0 : 0xff));
  if (mapped) return `::ffff:${bytes.slice(12).join('.')}`;
  return bytes.every((byte, index) => byte === (index === 15 ? 1 : 0))
    ? '::1'
    : Buffer.from(bytes).toString('hex');
}
