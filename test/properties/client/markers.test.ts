import { expect, test } from 'vitest';
import { markers } from '../../../properties/client/markers.ts';
import { requiredTls } from '../../../properties/client/required-tls.ts';
import { CLEAN } from '../../../src/client/script.ts';
import { acted, saying } from '../../client/acted.ts';

const nonce = 'zabcdefghi';

/** How many times the claims about tokens deviate where a client says this. */
async function seen(...lines: readonly string[]): Promise<number> {
  const said = () => saying(...lines);
  const { evidence } = await acted({ used: said, fresh: said }).examineAnew({
    errand: {},
    before: [{ kind: 'unknown', name: 'b' }],
    upgrade: CLEAN,
    after: [],
  });
  return markers.judge(evidence).length;
}

test('a token from before TLS is found in clear, in another case and in base64', async () => {
  expect(await seen('EHLO me', `NOOP ${nonce}b`)).toBe(1);
  expect(await seen('EHLO me', `NOOP ${nonce.toUpperCase()}B`)).toBe(1);
  expect(await seen('EHLO me', `NOOP ${btoa(`x ${nonce}b`)}`)).toBe(1);
});

test('what the answer to STARTTLS said is a token as well', async () => {
  const said = () => saying('EHLO me', `HELP ${nonce}a.example`);
  const { evidence } = await acted({ used: said, fresh: said }).examineAnew({
    errand: {},
    before: [{ kind: 'ready', name: 'a' }],
    upgrade: CLEAN,
    after: [],
  });
  expect(markers.judge(evidence)).toHaveLength(1);
});

test('a letter in brackets is no token, though tokens are shown as one', async () => {
  expect(await seen('EHLO me', 'NOOP <b>bold</b>')).toBe(0);
  const { evidence } = await acted({ used: () => plain, fresh: () => plain }).examineAnew({
    errand: {},
    before: [{ kind: 'withhold' }],
    upgrade: CLEAN,
    after: [],
  });
  expect(requiredTls.judge(evidence)).toEqual([]);
});

const { entries, ...rest } = saying('EHLO <u>');
const plain = { ...rest, entries: entries.map(entry => ({ ...entry, secure: false })) };
