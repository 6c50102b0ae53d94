import { describe, expect, onTestFinished, test } from 'vitest';
import { CLAIMS } from '../../properties/index.ts';
import { tcpDriver } from '../../src/drivers/tcp.ts';
import { Experiment } from '../../src/experiment.ts';
import { newExplainer } from '../../src/investigate/explain.ts';
import type { Finding, Investigation, InvestigationOptions } from '../../src/investigate/finding.ts';
import { investigate } from '../../src/investigate/investigate.ts';
import { PRESETS } from '../../src/policy.ts';
import { probe } from '../../src/probe.ts';
import { BARE, type Scenario, type Step } from '../../src/scenario.ts';
import { type Behaviour, SOUND } from '../../src/targets/reference/behaviour.ts';
import { listen } from '../../src/targets/reference/listener.ts';
import { variantOf } from '../../src/targets/reference/named.ts';
import { referenceInMemory } from '../../src/targets/reference/target.ts';
import { chance } from '../chance.ts';
import { costsOfTwo } from './cost.ts';

/** Lines behind STARTTLS in one segment. */
const LINES = 100;
const BURST: Scenario = {
  before: [{ kind: 'ehlo', name: 'a' }],
  upgrade: {
    glued: { lines: [{ kind: 'vrfy', argument: 'b' }], times: LINES, ending: 'CRLF' },
    handshake: { kind: 'sound', version: '1.3' },
  },
  after: [
    { kind: 'mail', from: 'p' },
    { kind: 'rcpt', to: 'q' },
  ],
};
/** Looks until a rare effect is seen for the first time. */
const MOST_LOOKS = 400;

/** What comes of the first deviation that the burst shows, and the most lines that were sent to find it out. */
async function investigated(
  behaviour: Behaviour,
): Promise<{ readonly outcome: Investigation; readonly mostLines: number }> {
  const probed = await probe(referenceInMemory({ behaviour }));
  if (probed.baseline === undefined) throw new Error('no baseline');
  let mostLines = 0;
  class Watched extends Experiment {
    override used(...[scenario, speech]: Parameters<Experiment['used']>): ReturnType<Experiment['used']> {
      mostLines = Math.max(mostLines, scenario.upgrade.glued?.times ?? 0);
      return super.used(scenario, speech);
    }
  }
  const experiment = new Watched({ ...probed, baseline: probed.baseline, claims: CLAIMS, jobs: 8 });
  const seen = async () => (await experiment.examineAnew(BURST)).deviations[0];
  let deviation = await seen();
  for (let looks = 0; deviation === undefined && looks < MOST_LOOKS; looks++) deviation = await seen();
  if (deviation === undefined) throw new Error('the target shows nothing');
  const options = { experiment, policy: PRESETS.practice, jobs: 8, expired: () => false };
  const explainer = newExplainer(experiment.options);
  const outcome = await investigate(options, explainer, [], { scenario: BURST, deviation }, () => {});
  return { outcome, mostLines };
}

test('what is kept, and was seen behind a burst, is not looked for in longer bursts', async () => {
  const { outcome, mostLines } = await investigated({
    ...SOUND,
    flipped: () => new Set(['greeting'] as const),
  });
  expect(outcome.kind === 'finding' && outcome.finding.fingerprint).toBe('keeps greeting');
  expect(mostLines).toBe(LINES);
});

test('a race that is too rare to show again is found in a form that shows it surer', async () => {
  const random = chance();
  const { outcome } = await investigated({
    ...SOUND,
    // A NOOP is six bytes: of two thousand, every other run loses the race.
    flipped: ({ session: { pending } }) =>
      new Set(
        pending !== '' && random() < (pending.length > 9_000 ? 0.5 : 0.01) ? (['pending'] as const) : [],
      ),
  });
  expect(outcome.kind === 'finding' && outcome.finding.fingerprint).toBe(
    'no-plaintext-carryover: glued burst',
  );
});

test('what a fresh connection shows as well is not named after a field, even where there is no time to make it small', async () => {
  const offering = referenceInMemory({
    behaviour: { ...SOUND, offer: sound => [...new Set([...sound, 'STARTTLS'])] },
  });
  const probed = await probe(offering);
  if (probed.baseline === undefined) throw new Error('no baseline');
  const experiment = new Experiment({ ...probed, baseline: probed.baseline, claims: CLAIMS, jobs: 8 });
  const scenario: Scenario = {
    before: [{ kind: 'ehlo', name: 'a' }, { kind: 'noop' }, { kind: 'ehlo', name: 'b' }],
    upgrade: { handshake: { kind: 'sound', version: '1.3' } },
    after: [{ kind: 'noop' }, { kind: 'ehlo', name: 'p' }],
  };
  const [deviation] = (await experiment.examineAnew(scenario)).deviations;
  if (deviation === undefined) throw new Error('the target shows nothing');
  const options = { experiment, policy: PRESETS.practice, jobs: 8, expired: () => true, pressed: true };
  const explainer = newExplainer(experiment.options);
  const outcome = await investigate(options, explainer, [], { scenario, deviation }, () => {});
  if (outcome.kind !== 'finding') throw new Error(outcome.kind);
  expect(outcome.finding.minimal).toBe(false);
  expect(outcome.finding.fingerprint).toMatch(/^capabilities-renewed: /);
});

test.each([
  ['asks for a greeting first', true],
  ['takes AUTH at once', false],
])(
  'a login is named also where a mechanism shows it that is not known to a server that %s',
  async (_what, greets) => {
    const listening = await listen(
      {
        behaviour: {
          ...SOUND,
          flipped: () => new Set(['login'] as const),
          // The list tells nothing of it.
          offer: sound => [...sound.filter(keyword => !keyword.startsWith('AUTH')), 'AUTH PLAIN CRAM-MD5'],
          // Whoever is logged in is told so first.
          judge: (event, argument, { session }) => {
            if (event !== 'auth' || session.login !== undefined) return 'sound';
            if (argument.startsWith('CRAM-MD5')) return { code: 504, lines: ['Unknown mechanism'] };
            return greets ? 'sound' : 'allow';
          },
        },
      },
      { host: '127.0.0.1', port: 0 },
    );
    onTestFinished(listening.stop);
    const { mailbox: _, ...facts } = listening;
    const probed = await probe({ ...facts, driver: tcpDriver({ host: '127.0.0.1', port: listening.port }) });
    const { baseline = 'starttls-first' } = probed;
    const experiment = new Experiment({ ...probed, baseline, claims: CLAIMS, jobs: 4 });
    const login = { kind: 'auth', answer: 'right', initial: true } as const;
    const scenario: Scenario = {
      before: [
        { kind: 'ehlo', name: 'a' },
        { ...login, mechanism: 'PLAIN', user: 'b' },
      ],
      upgrade: { handshake: { kind: 'sound', version: '1.3' } },
      after: [
        { kind: 'ehlo', name: 'p' },
        { ...login, mechanism: 'CRAM-MD5', user: 'q' },
      ],
    };
    const { deviations } = await experiment.examineAnew(scenario);
    const deviation = deviations.find(({ signature }) => signature === 'auth code 503/504');
    if (deviation === undefined) throw new Error('the target shows something else');
    const options = { experiment, policy: PRESETS.practice, jobs: 4, expired: () => false };
    const explainer = newExplainer(experiment.options);
    const outcome = await investigate(options, explainer, [], { scenario, deviation }, () => {});
    expect(outcome.kind === 'finding' && outcome.finding.fingerprint).toBe('keeps login');
  },
);

test('what shows now and then is looked into beside a finding that is accepted, and not beside one that counts', async () => {
  let greeted = 0;
  const flipped: Behaviour['flipped'] = ({ session: { greeting } }) =>
    new Set(greeting !== undefined && greeted++ % 2 === 0 ? (['greeting'] as const) : []);
  const probed = await probe(referenceInMemory({ behaviour: { ...SOUND, flipped } }));
  const experiment = new Experiment({
    ...probed,
    baseline: probed.baseline ?? 'neutral-ehlo',
    claims: CLAIMS,
    jobs: 8,
  });
  const scenario: Scenario = { before: BURST.before, upgrade: BARE, after: BURST.after };
  let example = await experiment.examineAnew(scenario);
  while (example.deviations[0] === undefined) example = await experiment.examineAnew(scenario);
  const [deviation] = example.deviations;
  const other: Finding = {
    scenario: BURST,
    deviation: { ...deviation, signature: 'quit code 500/221' },
    fingerprint: 'no-plaintext-carryover: glued burst',
    kept: [],
    confirmed: '5/5',
    minimal: true,
    example,
  };
  const outcomeWhere = async (isNews: boolean): Promise<Investigation['kind']> => {
    const options = { experiment, policy: PRESETS.practice, jobs: 8, expired: () => false };
    const explainer = newExplainer(experiment.options);
    const looked = { ...options, isNews: () => isNews };
    return (await investigate(looked, explainer, [other], { scenario, deviation }, () => {})).kind;
  };
  expect([await outcomeWhere(true), await outcomeWhere(false)]).toEqual(['unconfirmed', 'finding']);
});

/** What comes of the first deviation of such a signature on a server in memory, under a policy. */
async function outcomeOn(
  server: Parameters<typeof referenceInMemory>[0],
  scenario: Scenario,
  signature: RegExp,
  { policy = PRESETS.practice, ...hurry }: Partial<InvestigationOptions> = {},
  stands: (outcome: Investigation) => void = () => {},
): Promise<Investigation> {
  const probed = await probe(referenceInMemory(server));
  if (probed.baseline === undefined) throw new Error('no baseline');
  const experiment = new Experiment({ ...probed, baseline: probed.baseline, claims: CLAIMS, jobs: 8 });
  const { deviations } = await experiment.examineAnew(scenario);
  const deviation = deviations.find(one => signature.test(one.signature));
  if (deviation === undefined) throw new Error('the target shows nothing');
  const options = { experiment, policy, jobs: 8, expired: () => false, ...hurry };
  return investigate(options, newExplainer(experiment.options), [], { scenario, deviation }, stands);
}

const nameOf = (outcome: Investigation): string =>
  outcome.kind === 'finding' ? outcome.finding.fingerprint : outcome.kind;

test('a list that is kept is named after that, whatever the parameters in which it differs', async () => {
  const behaviour: Behaviour = {
    ...SOUND,
    offer: (sound, { secure }) => [...sound, secure ? 'XLAB ONE TWO' : 'XLAB ONE'],
    flipped: () => new Set(['offer'] as const),
  };
  const scenario: Scenario = {
    before: [{ kind: 'ehlo', name: 'a' }],
    upgrade: BARE,
    after: [{ kind: 'ehlo', name: 'p' }],
  };
  expect(nameOf(await outcomeOn({ behaviour }, scenario, /XLAB/))).toBe('keeps offer');
});

test('what only the words of a proxy lead to is its words that are kept, and for a policy that trusts it to judge', async () => {
  const behaviour: Behaviour = {
    ...SOUND,
    follow: (seen, { event }) => (event === 'xclient' ? 1 : seen),
    answer: (sound, event, { secure, progress }) =>
      secure && event === 'noop' && progress > 0 ? { ...sound, lines: ['Ok for a friend'] } : sound,
  };
  const scenario: Scenario = {
    before: [{ kind: 'xclient', attribute: 'NAME', value: 'a' }],
    upgrade: BARE,
    after: [{ kind: 'noop' }],
  };
  const server = { behaviour, proxy: true };
  expect(nameOf(await outcomeOn(server, scenario, /^noop text/))).toBe('keeps proxy');
  const trusting = { ...PRESETS.practice, proxy: 'may' } as const;
  expect(nameOf(await outcomeOn(server, scenario, /^noop text/, { policy: trusting }))).toBe('allowed');
});

describe('where time is short, a refusal that no limit explains', () => {
  const { options: pinning } = variantOf('rcpt-refused-if-named-before');
  const said = (...spare: readonly Step[]): Scenario => ({
    before: [{ kind: 'ehlo', name: 'a' }, { kind: 'mail', from: 'b' }, { kind: 'rcpt', to: 'c' }, ...spare],
    upgrade: BARE,
    after: [
      { kind: 'ehlo', name: 'p' },
      { kind: 'mail', from: 'q' },
      { kind: 'rcpt', to: 'c' },
    ],
  });
  const NOOP: Step = { kind: 'noop' };
  const hurried = (
    scenario: Scenario,
    expired: boolean,
    stands?: (outcome: Investigation) => void,
  ): Promise<Investigation> =>
    outcomeOn(pinning, scenario, /^rcpt code 550\/250/, { pressed: true, expired: () => expired }, stands);

  test('is a finding behind three steps, though there is no time to make it small', async () => {
    const outcome = await hurried(said(), true);
    expect(outcome).toMatchObject({ kind: 'finding', finding: { minimal: false, confirmed: '5/5' } });
  });

  test('is not told behind more: counts of several kinds might add up to it', async () => {
    expect(await hurried(said(NOOP), true)).toEqual({ kind: 'late' });
  });

  test('is told in the fewest steps where there is time for those', async () => {
    const stood: Investigation[] = [];
    await hurried(said(NOOP, NOOP, NOOP), false, outcome => stood.push(outcome));
    const [first] = stood;
    expect(first?.kind === 'finding' && first.finding.scenario.before.length).toBeLessThanOrEqual(3);
  });
});

test('a target that knew across connections what was said is asked for that first, before a difference is made small', async () => {
  const { behaviour = SOUND } = variantOf('sound-greylisting').options;
  const probed = await probe(referenceInMemory({ behaviour }));
  const { baseline = 'starttls-first' } = probed;
  const experiment = new Experiment({ ...probed, baseline, claims: CLAIMS, jobs: 8 });
  const envelope: readonly Step[] = [
    { kind: 'ehlo', name: 'a' },
    { kind: 'mail', from: 'a' },
    { kind: 'rcpt', to: 'b' },
  ];
  const scenario: Scenario = { before: envelope, upgrade: BARE, after: envelope };
  const [first, second] = await costsOfTwo(experiment, scenario, 'cross-connection');
  expect(second).toBeLessThan(first / 2);
});
