/** What becomes of a suspicion when it is looked at again. */

import { expect, test } from 'vitest';
import { CLAIMS } from '../../properties/index.ts';
import type { Deviation } from '../../src/claim.ts';
import { Experiment } from '../../src/experiment.ts';
import type { Finding } from '../../src/investigate/finding.ts';
import { isCertain, seenAgain } from '../../src/investigate/look-again.ts';
import { PRESETS } from '../../src/policy.ts';
import { probe } from '../../src/probe.ts';
import { BARE, type Scenario, type Step, type Upgrade } from '../../src/scenario.ts';
import { type Behaviour, SOUND } from '../../src/targets/reference/behaviour.ts';
import { referenceInMemory } from '../../src/targets/reference/target.ts';

const KEPT: Deviation = {
  claim: 'fresh-connection',
  requirement: 'rfc3207-4.2-server-discards',
  level: 'must',
  proof: 'pair',
  step: 0,
  used: '250',
  fresh: '503',
  summary: 'MAIL is answered 250 in TLS, but 503 on a fresh connection',
  signature: 'mail code 250/503',
};

const behind = (upgrade: Upgrade): Scenario => ({
  before: [{ kind: 'ehlo', name: 'a' }],
  upgrade,
  after: [{ kind: 'mail', from: 'p' }],
});

/** What comes of MAIL that was taken in TLS, by a server that keeps the greeting at these handshakes behind EHLO. */
async function looked(
  isKept: (nth: number, piped: boolean) => boolean,
  upgrade: Upgrade = BARE,
  findings: readonly Finding[] = [],
  behaviour: Partial<Behaviour> = {},
) {
  let greeted = 0;
  const flipped: Behaviour['flipped'] = ({ session: { greeting }, piped }) =>
    new Set(greeting !== undefined && isKept(greeted++, piped) ? (['greeting'] as const) : []);
  const probed = await probe(referenceInMemory({ behaviour: { ...SOUND, ...behaviour, flipped } }));
  const experiment = new Experiment({ ...probed, baseline: 'starttls-first', claims: CLAIMS, jobs: 8 });
  const options = { experiment, policy: PRESETS.practice, jobs: 8, expired: () => false };
  return seenAgain(options, findings, { scenario: behind(upgrade), deviation: KEPT });
}

const foundBehind = (...after: readonly Step[]): Finding =>
  ({ scenario: { before: [], upgrade: BARE, after } }) as unknown as Finding;

test('what does not come again was seen once', async () => {
  expect(await looked(() => false)).toEqual({
    kind: 'unconfirmed',
    text: `seen once and not again: ${KEPT.summary}`,
  });
});

test('what comes again behind a bare STARTTLS is told by that', async () => {
  const glued: Upgrade = { ...BARE, glued: { lines: [{ kind: 'noop' }], times: 1, ending: 'CRLF' } };
  const again = await looked(() => true, glued);
  expect(again).toMatchObject({ kind: 'shown', race: { rate: 1, scenario: { upgrade: BARE } } });
});

test('what comes now and then has its rate, of more looks than what comes always', async () => {
  const again = await looked(nth => nth % 2 === 0);
  expect(again.kind === 'shown' && again.race.rate).toBe(0.5);
});

test('what comes now and then on fresh connections, too, is chance', async () => {
  let asked = 0;
  const answer: Behaviour['answer'] = (sound, event, { secure }) =>
    secure && event === 'mail' && asked++ % 3 === 2 ? { code: 250, lines: ['Ok'] } : sound;
  const again = await looked(nth => nth % 2 === 0, BARE, [], { answer });
  expect(again).toEqual({
    kind: 'unstable',
    text: 'fresh connections themselves answer MAIL now 250, now 503',
  });
});

test('what shows every time behind a burst, and where its lines are said once, is told by that', async () => {
  const burst: Upgrade = {
    ...BARE,
    piped: true,
    glued: { lines: [{ kind: 'noop' }], times: 500, ending: 'CRLF' },
  };
  const again = await looked((_, piped) => piped, burst, [], { behindStarttls: 'drop' });
  expect(again).toMatchObject({
    kind: 'shown',
    race: { rate: 1, scenario: { upgrade: { piped: true, glued: { times: 1 } } } },
  });
});

test('certain is what shows every time, and behind no burst, which may race the handshake', () => {
  const race = (rate: number, upgrade: Upgrade) => ({ scenario: behind(upgrade), deviation: KEPT, rate });
  const burst: Upgrade = { ...BARE, glued: { lines: [{ kind: 'noop' }], times: 500, ending: 'CRLF' } };
  expect([race(1, BARE), race(0.9, BARE), race(1, burst), race(0.9, burst)].map(isCertain)).toEqual([
    true,
    false,
    false,
    false,
  ]);
});

test('what comes now and then is no news on a server that is found out, unless something races the handshake', async () => {
  const seldom = (nth: number): boolean => nth % 2 === 0;
  const seldomPiped = (nth: number, piped: boolean): boolean => piped && seldom(nth);
  const piped: Upgrade = { ...BARE, piped: true };
  const [found, foundByWaiting] = [
    foundBehind({ kind: 'mail', from: 'a' }),
    foundBehind({ kind: 'pause', ms: 250 }),
  ];
  const shownNowAndThen = { kind: 'unconfirmed', text: `shown now and then only: ${KEPT.summary}` };
  expect(await looked(seldom, BARE, [found])).toEqual(shownNowAndThen);
  expect(await looked(seldomPiped, piped, [found])).toMatchObject({ kind: 'shown' });
  expect(await looked(seldomPiped, piped, [foundByWaiting])).toEqual(shownNowAndThen);
});

test('replies too many that come without what travelled with STARTTLS are told by what they are taken for', async () => {
  const answer: Behaviour['answer'] = (sound, event, { beforeTls }) =>
    event === 'rset' && beforeTls?.greeting !== undefined ? { ...sound, lines: ['Ok\r\n250 Ok'] } : sound;
  const probed = await probe(referenceInMemory({ behaviour: { ...SOUND, answer } }));
  const experiment = new Experiment({ ...probed, baseline: 'starttls-first', claims: CLAIMS, jobs: 8 });
  const scenario: Scenario = {
    before: [{ kind: 'ehlo', name: 'a' }],
    upgrade: { ...BARE, glued: { lines: [{ kind: 'noop' }], times: 1, ending: 'CRLF' } },
    after: [{ kind: 'rset' }],
  };
  const { deviations } = await experiment.examineAnew(scenario);
  const deviation = deviations.find(({ signature }) => signature === 'replies too many in TLS');
  if (deviation === undefined) throw new Error('no reply is too many');
  const options = { experiment, policy: PRESETS.practice, jobs: 8, expired: () => false };
  const again = await seenAgain(options, [], { scenario, deviation });
  expect(again).toMatchObject({
    kind: 'shown',
    race: {
      scenario: { upgrade: BARE },
      deviation: { claim: 'fresh-connection', used: '250', fresh: '221' },
    },
  });
});
