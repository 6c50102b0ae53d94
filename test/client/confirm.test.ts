import { describe, expect, test } from 'vitest';
import type { Deviation } from '../../src/claim.ts';
import { confirmClient, lookAgain } from '../../src/client/confirm.ts';
import { CLEAN, type Script } from '../../src/client/script.ts';
import { acted, type Part, saying, still } from './acted.ts';

const script: Script = {
  errand: {},
  before: [{ kind: 'size', limit: null }],
  upgrade: CLEAN,
  after: [],
};
const suspected = (signature: string): Deviation => ({
  claim: 'client-discards',
  requirement: 'rfc3207-4.2-client-discards',
  level: 'must',
  proof: 'pair',
  step: 0,
  used: '',
  fresh: '',
  summary: '',
  signature,
});
const confirmed = (part: Part, signature: string) => confirmClient(acted(part), script, suspected(signature));

const sound = () => saying('EHLO me', 'MAIL FROM:<me@a.example>');
const keeping = () => saying('EHLO me', 'MAIL FROM:<me@a.example> SIZE=1');
const hanging = () => still();

test('a client that is slow now and then keeps nothing, however often it is so in used runs alone', async () => {
  const slow = { used: (run: number) => (run % 2 === 0 ? hanging() : sound()), fresh: sound };
  expect(await confirmed(slow, 'nothing for EHLO')).toMatchObject({
    kind: 'unconfirmed',
    reason: 'seen in 0 of 2 pairs only; in 3 others the client was still, and that is no measure',
  });
});

test('a client that is still in every used run, and in no fresh one, is found', async () => {
  const result = await confirmed({ used: hanging, fresh: sound }, 'nothing for EHLO');
  expect(result).toMatchObject({ kind: 'confirmed', rate: '5/5' });
});

test('but not where a fresh run is still, too', async () => {
  const fresh = (run: number) => (run === 3 ? hanging() : sound());
  expect(await confirmed({ used: hanging, fresh }, 'nothing for EHLO')).toMatchObject({
    kind: 'unconfirmed',
  });
});

test('what a client does that hangs now and then is judged by the pairs in which it goes on', async () => {
  const used = (run: number) => (run % 3 === 0 ? hanging() : keeping());
  expect(await confirmed({ used, fresh: sound }, 'MAIL +SIZE')).toMatchObject({
    kind: 'confirmed',
    rate: '5/5',
  });
});

describe('a race', () => {
  /** One run in four is still. */
  const race = (shows: (run: number) => boolean) => (run: number) =>
    run % 4 === 1 ? hanging() : shows(run) ? keeping() : sound();
  const seldom = race(run => run % 4 === 2);

  test('needs ten pairs that show it, and in which nobody was still', async () => {
    expect(await confirmed({ used: seldom, fresh: sound }, 'MAIL +SIZE')).toMatchObject({
      kind: 'confirmed',
      rate: '12/35',
    });
  });

  test.each([
    ['two of the first', 1, '2 of 20'],
    ['some, and no more', 6, '6 of 60'],
  ])('is none where %s show it', async (_, most, rate) => {
    const used = race(run => run > 1 && run <= most + 2);
    expect(await confirmed({ used, fresh: sound }, 'MAIL +SIZE')).toMatchObject({
      kind: 'unconfirmed',
      reason: expect.stringContaining(`seen in ${rate} pairs only`),
    });
  });

  test('is none where one fresh run does so by itself, late as that may be', async () => {
    const fresh = (run: number) => (run === 30 ? keeping() : sound());
    expect(await confirmed({ used: seldom, fresh }, 'MAIL +SIZE')).toMatchObject({ kind: 'unstable' });
  });
});

/** What comes of looking again at what the first pair showed. */
async function again(part: Part) {
  const experiment = acted(part);
  const seen = await experiment.examineAnew(script);
  return lookAgain(experiment, seen, seen.deviations[0] ?? suspected(''));
}

test('what comes in one run of five is seen again before it is given up', async () => {
  const used = (run: number) => (run % 5 === 0 ? keeping() : sound());
  expect(await again({ used, fresh: sound })).toMatchObject({ kind: 'shown', seldom: true });
  expect(await again({ used: keeping, fresh: sound })).toMatchObject({ kind: 'shown', seldom: false });
});

test('a race that ends otherwise is the one to go into', async () => {
  const ends = [keeping(), sound(), sound(), saying('EHLO me', 'NOOP'), sound(), sound()];
  expect(await again({ used: run => ends[run] ?? sound(), fresh: sound })).toMatchObject({
    kind: 'shown',
    deviation: { signature: 'NOOP for MAIL' },
    seldom: true,
  });
});

test('what does not come again in five pairs was seen once', async () => {
  const used = (run: number) => (run === 0 ? keeping() : sound());
  expect(await again({ used, fresh: sound })).toEqual({
    kind: 'unconfirmed',
    reason: 'seen once, and not again in 5 further runs',
  });
});

test('what varies in fresh runs as well is noise, and what it stood before is not lost', async () => {
  const greeting = (from: number, rest: string) => (run: number) =>
    saying(`EHLO host-${run + from}.example`, rest);
  const part = (rest: string): Part => ({
    used: greeting(0, rest),
    fresh: greeting(100, 'MAIL FROM:<me@a.example>'),
  });
  expect(await again(part('MAIL FROM:<me@a.example>'))).toMatchObject({ kind: 'noise', behind: [] });
  expect(await again(part('MAIL FROM:<me@a.example> SIZE=1'))).toMatchObject({
    kind: 'noise',
    behind: [{ signature: 'MAIL +SIZE' }],
  });
});

test('what varies in the first five pairs is asked for no more, however many are due', async () => {
  const experiment = acted({
    used: keeping,
    fresh: run => saying('EHLO me', run % 2 === 0 ? 'DATA' : 'BDAT 1 LAST'),
  });
  const result = await confirmClient(experiment, script, suspected('MAIL +SIZE'), 20);
  expect(result.kind).toBe('unstable');
  expect(experiment.counts.runs).toBe(10);
});
