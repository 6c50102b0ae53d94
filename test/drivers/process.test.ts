import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { Connection } from '../../src/drivers/driver.ts';
import { processDriver } from '../../src/drivers/process.ts';
import { probe } from '../../src/probe.ts';
import { selfSigned } from '../../src/targets/certificate.ts';
import { targetOf } from '../../src/targets/registry.ts';
import { folder } from '../folder.ts';
import { driverContract } from './contract.ts';

const SERVER = join(import.meta.dirname, 'stdio-server.ts');
const WAIT = 20_000;

describe('the process driver', () => {
  driverContract(
    async peer => ({
      driver: processDriver({
        command: [process.execPath, SERVER, peer],
        serverName: 'localhost',
        clientCertificate: await selfSigned(['localhost']),
      }),
      stop: async () => {},
    }),
    // A process tells nobody what its hooks were given.
    { hooks: false },
  );
});

async function connect(...command: string[]): Promise<Connection> {
  const opening = await processDriver({ command }).connect(WAIT);
  if (opening.kind === 'refused') throw new Error(opening.reason);
  return opening.connection;
}

/** All that arrives until the text ends with a whole line. */
async function line(connection: Connection): Promise<string> {
  let text = '';
  while (!text.endsWith('\n')) {
    const received = await connection.receive(WAIT);
    if (received.kind !== 'bytes') return text;
    text += received.bytes;
  }
  return text;
}

describe('a server on standard input and output', () => {
  test('carries plaintext, the handshake and TLS', async () => {
    const connection = await connect(process.execPath, SERVER);
    expect(await line(connection)).toMatch(/^220 /);
    connection.send('STARTTLS\r\n');
    expect(await line(connection)).toMatch(/^220 /);
    const request = { version: '1.3', sni: false, certificate: false } as const;
    expect(await connection.handshake(request, '', WAIT)).toMatchObject({
      kind: 'completed',
      version: 'TLSv1.3',
    });
    connection.send('NOOP\r\n');
    expect(await line(connection)).toMatch(/^250 /);
    connection.end('close_notify');
    expect(await connection.receive(WAIT)).toMatchObject({ kind: 'ended' });
  });

  test('is a process of its own for each connection', async () => {
    const [one, other] = await Promise.all([connect('sh', '-c', 'echo $$'), connect('sh', '-c', 'echo $$')]);
    expect(await line(one)).not.toBe(await line(other));
  });

  test('is ended with its connection, even one that would stay', async () => {
    const connection = await connect('sh', '-c', 'trap "" HUP TERM PIPE; echo $$; while :; do sleep 1; done');
    const pid = (await line(connection)).trim();
    expect(existsSync(`/proc/${pid}`)).toBe(true);
    connection.end('reset');
    while (existsSync(`/proc/${pid}`)) await delay(20);
  });

  test('that cannot be started is an end at once, not a failure of ours', async () => {
    const connection = await connect('no-such-program-anywhere');
    expect(await connection.receive(WAIT)).toMatchObject({ kind: 'ended' });
  });
});

describe('a target file with the address stdio:', () => {
  function described(...args: string[]): string {
    const file = join(folder(), 'target.json');
    const description = {
      schema: 1,
      kind: 'afresh-target',
      address: 'stdio:',
      start: { command: [process.execPath, SERVER, ...args] },
      login: { user: 'tester', password: 'secret' },
      recipient: '*@lab.example',
    };
    writeFileSync(file, JSON.stringify(description));
    return file;
  }

  test('is spoken to like any other target', async () => {
    const target = await targetOf(described()).start();
    const { baseline, facts } = await probe(target);
    expect(baseline).toBe('starttls-first');
    expect(facts.offered).toContain('PIPELINING');
  });
});
