/** From a suspicion about a client to a finding, where chance has its part and each run is told. */

import { expect, test } from 'vitest';
import { investigateClient, seenTwice, smallerFinding } from '../../src/client/investigate.ts';
import { CLEAN, type Script, type Step } from '../../src/client/script.ts';
import { acted, plainly, saying } from './acted.ts';

const SIZE: Step = { kind: 'size', limit: null };
const HELD: Step = { kind: 'hold', on: 'ehlo', ms: 80 };
const SPARE: Step = { kind: 'keyword', keyword: 'DSN' };
const script: Script = { errand: {}, before: [SIZE, SPARE, HELD], upgrade: CLEAN, after: [] };

const KEPT = saying('EHLO me.example', 'MAIL FROM:<a@b.example> SIZE=4', 'QUIT');
const FRESH = saying('EHLO me.example', 'MAIL FROM:<a@b.example>', 'QUIT');

/** What SIZE and a held answer show every time, SIZE alone shows at the first of several looks. */
function lucky() {
  let last = '';
  const isShown = (one: Script): boolean => {
    const has = (sought: Step['kind']): boolean => one.before.some(({ kind }) => kind === sought);
    const isFirst = JSON.stringify(one) !== last;
    last = JSON.stringify(one);
    return has('size') && (has('hold') || isFirst);
  };
  const experiment = acted({
    used: (_, one) => (isShown(one) ? KEPT : FRESH),
    fresh: () => FRESH,
  });
  return { experiment, jobs: 1, expired: () => false };
}

async function suspected(options: ReturnType<typeof lucky>) {
  const seen = await options.experiment.examine(script);
  const [deviation] = seen.deviations;
  if (deviation === undefined) throw new Error('nothing was seen');
  return { seen, deviation };
}

test('what a smaller script showed by luck is made small once more, as what shows it every time', async () => {
  const options = lucky();
  const outcome = await investigateClient(options, await suspected(options));
  expect(outcome).toMatchObject({
    kind: 'finding',
    finding: { minimal: true, confirmed: '5/5', script: { before: [SIZE, HELD] } },
  });
});

test('so is a finding that was not made small yet', async () => {
  const options = lucky();
  const { seen, deviation } = await suspected(options);
  const rough = {
    script,
    deviation,
    fingerprint: 'keeps SIZE',
    confirmed: '5/5',
    minimal: false,
    example: seen,
  };
  expect(await smallerFinding(options, rough)).toMatchObject({
    minimal: true,
    script: { before: [SIZE, HELD] },
  });
});

test('what a client never came to gives no name to what it did, where there was no time to make it small', async () => {
  const wrong = { kind: 'sound', version: '1.3', certificate: 'wrong-name' } as const;
  const withheld: Script = {
    errand: {},
    before: [{ kind: 'answer', to: 'ehlo', code: 502, lines: 1 }],
    upgrade: { ...CLEAN, handshake: wrong },
    after: [],
  };
  const experiment = acted({
    used: (_, one) =>
      one.before.some(({ kind }) => kind === 'answer')
        ? plainly('EHLO me.example', 'MAIL FROM:<a@b.example>')
        : plainly('EHLO me.example', 'QUIT'),
    fresh: () => FRESH,
  });
  const seen = await experiment.examine(withheld);
  const deviation = seen.deviations.find(({ claim }) => claim === 'client-required-tls');
  if (deviation === undefined) throw new Error('nothing was seen');
  const { fingerprint } = await seenTwice(experiment, seen, deviation);
  expect(fingerprint).toBe('goes on in plaintext where EHLO is refused');
  // Nor is it tried to take it away bit by bit.
  const outcome = await investigateClient({ experiment, jobs: 1, expired: () => false }, { seen, deviation });
  expect(outcome).toMatchObject({ finding: { script: { upgrade: CLEAN }, fingerprint } });
});
