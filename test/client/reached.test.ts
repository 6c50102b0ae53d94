/** What of a script a client came to, told from its run. */

import { expect, test } from 'vitest';
import { reached } from '../../src/client/reached.ts';
import { CLEAN, type Script, type Upgrade } from '../../src/client/script.ts';
import { plainly, saying } from './acted.ts';

const upgrade: Upgrade = {
  ...CLEAN,
  handshake: { kind: 'sound', version: '1.3', certificate: 'wrong-name' },
};
const script: Script = {
  errand: {},
  before: [{ kind: 'withhold' }],
  upgrade,
  after: [{ kind: 'size', limit: null }],
};

test('who never asks for TLS came to no upgrade, and to nothing behind it', () => {
  const played = reached({
    script,
    used: { transcript: plainly('EHLO me.example', 'MAIL FROM:<a@b.example>') },
  });
  expect(played).toEqual({ ...script, upgrade: CLEAN, after: [] });
});

test('who asks and does not come to TLS came to the upgrade alone', () => {
  const played = reached({ script, used: { transcript: plainly('EHLO me.example', 'STARTTLS') } });
  expect(played).toEqual({ ...script, after: [] });
});

test('where the first connections are spared their upgrade is part of what is played', () => {
  const spared = { ...script, spared: 1 };
  const played = reached({ script: spared, used: { transcript: plainly('EHLO me.example') } });
  expect(played).toEqual({ ...spared, after: [] });
});

test('who was in TLS may have come to all of it', () => {
  expect(reached({ script, used: { transcript: saying('EHLO me.example') } })).toBe(script);
});
