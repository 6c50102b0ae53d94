/** Which forms of a handshake a target is said to decline. */

import { expect, test } from 'vitest';
import { declinedForms } from '../src/declined.ts';
import type { SoundHandshake } from '../src/scenario.ts';

const asked = async (takes: (handshake: SoundHandshake) => boolean) => {
  let handshakes = 0;
  const declined = await declinedForms(async handshake => {
    handshakes++;
    return takes(handshake);
  });
  return { declined, handshakes };
};

test('one handshake tells that all are taken', async () => {
  expect(await asked(() => true)).toEqual({ declined: [], handshakes: 1 });
});

test('each is asked about by itself where not all are', async () => {
  expect((await asked(({ version }) => version === '1.3')).declined).toEqual(['1.2']);
  expect((await asked(({ sni }) => sni !== true)).declined).toEqual(['sni']);
  expect((await asked(({ certificate }) => certificate !== true)).declined).toEqual(['certificate']);
  expect((await asked(() => false)).declined).toEqual(['1.2', 'sni', 'certificate']);
});

test('what fails once in company, and is taken by itself, is not declined', async () => {
  let first = true;
  const isTaken = () => {
    const failed = first;
    first = false;
    return !failed;
  };
  expect((await asked(isTaken)).declined).toEqual([]);
});
