import { createSocket } from 'node:dgram';
import { Resolver } from 'node:dns/promises';
import { once } from 'node:events';
import { afterEach, expect, test } from 'vitest';
import { NAME_SERVER, nameService } from '../../../src/targets/lab/name-service.ts';

const running: Awaited<ReturnType<typeof nameService>>[] = [];
afterEach(async () => {
  for (const one of running.splice(0)) await one.close();
});

/** Port 53 is for root. */
const isRoot = process.getuid?.() === 0;

async function open(): Promise<void> {
  running.push(await nameService());
}

function resolver(): Resolver {
  const resolver = new Resolver({ timeout: 5_000, tries: 1 });
  resolver.setServers([NAME_SERVER]);
  return resolver;
}

test.skipIf(!isRoot)('who asks for a name is told at once that there is none (needs root)', async () => {
  await open();
  await expect(resolver().resolvePtr('1.0.0.127.in-addr.arpa')).rejects.toMatchObject({ code: 'ENOTFOUND' });
  await expect(resolver().resolveMx('lab.example')).rejects.toMatchObject({ code: 'ENOTFOUND' });
});

test.skipIf(!isRoot)(
  'several answer side by side, and one goes on when another has ended (needs root)',
  async () => {
    await open();
    await open();
    await expect(resolver().resolve4('mx.lab.example')).rejects.toMatchObject({ code: 'ENOTFOUND' });
    await running.pop()?.close();
    await expect(resolver().resolve4('mx.lab.example')).rejects.toMatchObject({ code: 'ENOTFOUND' });
  },
);

test.skipIf(!isRoot)(
  'a port that somebody else holds is told in one line, and no fault of afresh (needs root)',
  async () => {
    const other = createSocket('udp4').bind(53, NAME_SERVER);
    await once(other, 'listening');
    try {
      await expect(nameService()).rejects.toMatchObject({
        name: 'TargetError',
        exitCode: 3,
        message: expect.stringMatching(
          /^[^\n]*port 53 of 127\.53\.53\.53: EADDRINUSE; end what listens there$/,
        ),
      });
    } finally {
      other.close();
      await once(other, 'close');
    }
  },
);
