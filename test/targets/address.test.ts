import { expect, test } from 'vitest';
import { addressOf, tcpOptions } from '../../src/targets/address.ts';

test.each([
  ['smtp://mail.example:25', 'mail.example'],
  ['smtp://127.0.0.1:25', 'localhost'],
  ['lmtp://[::1]:24', 'localhost'],
])('TLS to %s asks for %s: an address is no server name', (text, serverName) => {
  const address = addressOf(text);
  if (address === undefined) throw new Error('no address');
  expect(tcpOptions(address)).toMatchObject({ serverName });
});
