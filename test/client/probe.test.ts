import { describe, expect, test } from 'vitest';
import { CLIENT_CLAIMS } from '../../properties/client/index.ts';
import { checkClient } from '../../src/client/check.ts';
import { userClient } from '../../src/client/command.ts';
import { ClientExperiment } from '../../src/client/experiment.ts';
import { clientNamed } from '../../src/client/known.ts';
import type { Client } from '../../src/client/launch.ts';
import { type ProbedClient, probeClient } from '../../src/client/probe.ts';
import { idleOf } from '../../src/client/run.ts';
import { authority, caFile } from './authority.ts';
import { saying } from './saying.ts';

const stage = (client: Client) => ({ client, authority, caFile, tls: 'required', limit: 10_000 }) as const;
const probed = (client: Client): Promise<ProbedClient> =>
  probeClient(new ClientExperiment({ stage: stage(client), claims: CLIENT_CLAIMS, jobs: 8 }));

describe('a client that hands over no message though all is well', () => {
  const still = saying(['EHLO a\r\n', 'STARTTLS\r\n']);

  test('is told by how far it came, its stillness, its exit code and the last that it wrote', async () => {
    expect(await probed(still)).toMatchObject({
      supported: false,
      verdict: 'inconclusive',
      reason:
        'the client hands over no message in TLS though all is well: the last it sent was STARTTLS in plaintext; it was still for 0.1 s, and was left (a longer --client-timeout gives it longer); it exits with 3: no answer in time',
    });
  });

  test('is told before the search, and makes it inconclusive', async () => {
    const report = await checkClient(stage(still), {
      seed: 1,
      jobs: 8,
      claims: CLIENT_CLAIMS,
      wanted: [],
      time: 60_000,
      silence: false,
    });
    expect(report).toMatchObject({ verdict: 'inconclusive', stats: { scenarios: 0 } });
    expect(report.reason).toContain('it was still for 0.1 s');
  });

  test('is told by the handshake where that fails', async () => {
    const { reason } = (await probed(
      saying(['EHLO a\r\n', 'STARTTLS\r\n', '\u0016\u0003\u0001\u0000\u0004none']),
    )) as {
      readonly reason: string;
    };
    expect(reason).toMatch(/: the TLS handshake failed \(ERR_SSL_[A-Z_]+\); /);
  });

  test('is searched all the same where it takes a certificate that it should not in place of the right one', async () => {
    const sound = clientNamed('reference');
    const trusting = (ca: string): Client => ({
      ...sound,
      launch: (order, signal) => sound.launch({ ...order, ca }, signal),
    });
    const { cert } = authority.leaves['self-signed'];
    expect(await probed(trusting(cert))).toMatchObject({ supported: true });
    expect(await probed(trusting(authority.leaves.expired.cert))).toMatchObject({ supported: false });
  });

  test('is searched all the same where a fault of its own keeps it from it', async () => {
    expect(await probed(clientNamed('reference:speaks-before-tls'))).toMatchObject({ supported: true });
  });
});

test.each([
  [
    'sends no STARTTLS',
    saying(['EHLO a\r\n', 'QUIT\r\n']),
    'the client does not send STARTTLS, though it is offered; it exits with 3: no answer in time',
  ],
  [
    'does without TLS',
    saying(['EHLO a\r\n', 'MAIL FROM:<a@b.example>\r\n', 'DATA\r\n', 'text\r\n.\r\n', 'QUIT\r\n']),
    'the client hands its message over in plaintext: it does not send STARTTLS, though it is offered; it exits with 3: no answer in time',
  ],
  [
    'begins TLS at once',
    saying(['\u0016\u0003\u0001\u0000\u0004\u0001\u0000\n', 'QUIT\r\n']),
    'the client begins TLS at once, as for smtps, and not by STARTTLS; it exits with 3: no answer in time',
  ],
  [
    'goes elsewhere',
    userClient([process.execPath, '-e', '', '{port}'], false),
    'the client does not connect to the server; it exits with 0; a process that it leaves in the background is ended with it: have it wait for that',
  ],
])('a client that %s is unsupported', async (_, client, reason) => {
  expect(await probed(client)).toMatchObject({ verdict: 'unsupported', reason });
});

test('a client that sends without end is stopped as soon as that is known', async () => {
  const flood = `
    const socket = require('node:net').connect(process.argv[1]);
    const more = () => { while (socket.write('A'.repeat(65_536))); };
    socket.on('drain', more).on('error', () => {});
    more();
    setInterval(() => {}, 1_000);`;
  const { reason = '' } = (await probed(userClient([process.execPath, '-e', flood, '{port}'], false))) as {
    readonly reason?: string;
  };
  const [, told, waited] = /^(.*); it was stopped after (\d+) ms/.exec(reason) ?? [];
  expect(told).toBe('the client connects to the server, and sends without end what is no line');
  expect(Number(waited)).toBeLessThan(5_000);
  expect(reason).toContain('ms, since it sent without end');
});

test('a client that is given more time as a whole may be still for longer, and no less than usual', () => {
  const client = saying();
  expect([5_000, 10_000, 30_000].map(limit => idleOf({ client, limit }))).toEqual([100, 100, 300]);
});

test('a client that was cut off for its stillness before STARTTLS may have been about to send it', async () => {
  expect(await probed(saying([]))).toMatchObject({
    verdict: 'inconclusive',
    reason:
      'the client connects to the server, and says nothing; it was still for 0.1 s, and was left (a longer --client-timeout gives it longer); it exits with 3: no answer in time',
  });
});

test('a client that fails the first time, and not the second, is searched', async () => {
  const sound = clientNamed('reference');
  let runs = 0;
  const moody: Client = {
    ...sound,
    launch: (order, signal) => (runs++ === 0 ? saying().launch(order, signal) : sound.launch(order, signal)),
  };
  expect(await probed(moody)).toMatchObject({ supported: true });
});
