import { expect, test } from 'vitest';
import { newNonce } from '../../src/nonce.ts';
import { speechOf, stageOf } from '../../src/probe.ts';
import { run } from '../../src/run.ts';
import type { SoundHandshake } from '../../src/scenario.ts';
import { addressOf, addressTarget, permit, tcpOptions } from '../../src/targets/address.ts';
import { listen } from '../../src/targets/reference/listener.ts';
import { variantOf } from '../../src/targets/reference/named.ts';
import { repliesTo } from '../../src/transcript.ts';

test.each([
  ['smtp://mail.example:25', 'mail.example'],
  ['smtp://127.0.0.1:25', 'localhost'],
  ['lmtp://[::1]:24', 'localhost'],
])('TLS to %s asks for %s: an address is no server name', (text, serverName) => {
  const address = addressOf(text);
  if (address === undefined) throw new Error('no address');
  expect(tcpOptions(address)).toMatchObject({ serverName });
});

test('the name of a host is the same in upper case', () => {
  const address = addressOf('smtp://Mail.Example');
  if (address === undefined) throw new Error('no address');
  expect(() => permit(address, 'MAIL.example')).not.toThrow();
  expect(() => permit(address, 'other.example')).toThrow('say --authorised mail.example');
});

test('a server that somebody else runs is shown a certificate where the scenario says so, and only there', async () => {
  const server = await listen(variantOf('keeps-login-certificate').options, { host: '127.0.0.1', port: 0 });
  const address = addressOf(server.address);
  if (address === undefined) throw new Error('no address');
  const target = await addressTarget(server.address, address).start();
  const login = { kind: 'auth', mechanism: 'PLAIN', answer: 'right', initial: true } as const;
  const answer = async (certificate: Partial<SoundHandshake>): Promise<unknown> => {
    const transcript = await run(
      stageOf(target),
      {
        before: [
          { kind: 'ehlo', name: 'a' },
          { ...login, user: 'b' },
        ],
        upgrade: { handshake: { kind: 'sound', version: '1.3', ...certificate } },
        after: [
          { kind: 'ehlo', name: 'p' },
          { ...login, user: 'q' },
        ],
      },
      { ...speechOf(target), nonce: newNonce() },
    );
    return repliesTo(transcript, 'after', 1);
  };
  expect(await answer({ certificate: true })).toMatchObject([{ code: 503 }]);
  expect(await answer({})).toMatchObject([{ code: 235 }]);
  await server.stop();
});
