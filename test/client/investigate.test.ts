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

/** A client that keeps SIZE in these of its used runs, and an experiment about it. */
function keeping(isShown: (one: Script) => boolean) {
  const experiment = acted({ used: (_, one) => (isShown(one) ? KEPT : FRESH), fresh: () => FRESH });
  return { experiment, jobs: 1, expired: () => false };
}

/** What SIZE and a held answer show whenever `isSure`, SIZE alone shows at the first of several looks. */
function lucky(isSure: () => boolean = () => true) {
  let last = '';
  return keeping(one => {
    const has = (sought: Step['kind']): boolean => one.before.some(({ kind }) => kind === sought);
    const isFirst = JSON.stringify(one) !== last;
    last = JSON.stringify(one);
    return has('size') && (has('hold') ? isSure() : isFirst);
  });
}

async function suspected({ experiment }: ReturnType<typeof keeping>, one = script) {
  const seen = await experiment.examine(one);
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

test('where it came seldom, as what shows it often', async () => {
  let run = 0;
  const options = lucky(() => run++ % 3 !== 1);
  const outcome = await investigateClient(options, await suspected(options));
  expect(outcome).toMatchObject({
    kind: 'finding',
    finding: { minimal: true, script: { before: [SIZE, HELD] } },
  });
});

test('what races the handshake is looked at more often before it is said not to come again', async () => {
  const glued = { lines: [{ code: 250, text: 'a' }] } as const;
  const racing: Script = { errand: {}, before: [SIZE], upgrade: { ...CLEAN, glued }, after: [] };
  let run = 0;
  // Seen and seen again; then it loses five times.
  const options = keeping(one => JSON.stringify(one) === JSON.stringify(racing) && (run++ < 2 || run > 7));
  const outcome = await investigateClient(options, await suspected(options, racing));
  expect(outcome).toMatchObject({ kind: 'finding', finding: { minimal: true, script: racing } });
});

test('a finding that was not made small yet is made small in the same way', async () => {
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
