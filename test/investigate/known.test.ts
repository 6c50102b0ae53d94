/** Which deviations come to a defect that was found before. */

import { describe, expect, test } from 'vitest';
import { CLAIMS } from '../../properties/index.ts';
import type { Deviation } from '../../src/claim.ts';
import { type Examination, Experiment, type Seen } from '../../src/experiment.ts';
import { type Explainer, newExplainer } from '../../src/investigate/explain.ts';
import type { Finding } from '../../src/investigate/finding.ts';
import { keeps } from '../../src/investigate/fingerprint.ts';
import { comeTo, knownBy, looksBehind, narrowed } from '../../src/investigate/known.ts';
import { probe } from '../../src/probe.ts';
import { BARE, type Glue, type Scenario, type Step } from '../../src/scenario.ts';
import type { Field } from '../../src/smtp/session.ts';
import { type Behaviour, SOUND } from '../../src/targets/reference/behaviour.ts';
import { variantOf } from '../../src/targets/reference/named.ts';
import { referenceInMemory } from '../../src/targets/reference/target.ts';
import { evidence, reply, transcript } from '../properties/evidence.ts';

const GREETED: Step = { kind: 'ehlo', name: 'a' };
const LOGIN: Step = { kind: 'auth', mechanism: 'PLAIN', answer: 'right', user: 'b', initial: true };
const scenario = (before: readonly Step[], after: readonly Step[]): Scenario => ({
  before,
  upgrade: BARE,
  after,
});

/** The signatures of an examination that come to the login, on a server that keeps these fields. */
async function comeToLogin(
  fields: readonly Field[],
  after: readonly Step[],
): Promise<Examination & { readonly told: ReadonlySet<string> }> {
  const kept = new Set(fields);
  const probed = await probe(referenceInMemory({ behaviour: { ...SOUND, flipped: () => kept } }));
  if (probed.baseline === undefined) throw new Error('no baseline');
  const experiment = new Experiment({ ...probed, baseline: probed.baseline, claims: CLAIMS, jobs: 4 });
  const found = scenario([GREETED, LOGIN], [GREETED, LOGIN]);
  const example = await experiment.examineAnew(found);
  const [deviation] = example.deviations;
  if (deviation === undefined) throw new Error('the target shows nothing');
  const finding: Finding = {
    scenario: found,
    deviation,
    fingerprint: 'keeps login',
    kept: ['login'],
    confirmed: '5/5',
    minimal: true,
    example,
  };
  const examination = await experiment.examineAnew(scenario([GREETED], after));
  const told = await comeTo(experiment, newExplainer(experiment.options), finding, examination);
  return { ...examination, told };
}

test('what less leads to than to a known finding, and another field explains, is none of it', async () => {
  const { deviations, told } = await comeToLogin(['greeting', 'login'], [{ kind: 'mail', from: 'p' }]);
  expect(deviations.map(({ signature }) => signature)).toContain('mail code 250/503');
  expect(told).not.toContain('mail code 250/503');
});

test('what follows from a name that is said again comes to the finding that took another name', async () => {
  const probed = await probe(referenceInMemory(variantOf('rcpt-refused-if-named-before').options));
  if (probed.baseline === undefined) throw new Error('no baseline');
  const experiment = new Experiment({ ...probed, baseline: probed.baseline, claims: CLAIMS, jobs: 4 });
  const mail: readonly Step[] = [GREETED, { kind: 'mail', from: 'b' }];
  const mailInTls: readonly Step[] = [
    { kind: 'ehlo', name: 'p' },
    { kind: 'mail', from: 'q' },
  ];
  const rcpt = (to: string): Step => ({ kind: 'rcpt', to });
  const example = await experiment.examineAnew(scenario([...mail, rcpt('c')], [...mailInTls, rcpt('c')]));
  const [deviation] = example.deviations;
  if (deviation === undefined) throw new Error('the target shows nothing');
  const finding: Finding = {
    scenario: example.scenario,
    deviation,
    fingerprint: 'refused',
    kept: [],
    confirmed: '5/5',
    minimal: true,
    example,
  };
  const data: Step = { kind: 'data', body: 'plain', token: 'r' };
  const examination = await experiment.examineAnew(
    scenario([...mail, rcpt('d'), rcpt('e')], [...mailInTls, rcpt('e'), data]),
  );
  const told = await comeTo(experiment, newExplainer(experiment.options), finding, examination);
  expect(told).toContain('data code 503/354');
});

test('what the null sender leads to comes to the finding that took another sender', async () => {
  // Kept where the MAIL was refused for its size, which no model keeps.
  const behaviour: Behaviour = {
    ...SOUND,
    follow: (seen, { event, line, secure }) =>
      !secure && event === 'mail' && line.includes('SIZE=') ? (line.includes('<>') ? 2 : 1) : seen,
    judge: (event, _argument, { secure, progress, session }) =>
      event === 'rcpt' && secure && session.sender === undefined && progress === 2
        ? { code: 251, lines: ['For the bounce'] }
        : event === 'rcpt' && secure && session.sender === undefined && progress === 1
          ? { code: 250, lines: ['Ok'] }
          : 'sound',
  };
  const probed = await probe(referenceInMemory({ behaviour }));
  if (probed.baseline === undefined) throw new Error('no baseline');
  const experiment = new Experiment({ ...probed, baseline: probed.baseline, claims: CLAIMS, jobs: 4 });
  const tooBig = (from: string | null): Step => ({ kind: 'mail', from, size: 2 ** 40 });
  const inTls: readonly Step[] = [{ kind: 'rcpt', to: 'p' }];
  const example = await experiment.examineAnew(scenario([GREETED, tooBig('b')], inTls));
  const [deviation] = example.deviations;
  if (deviation === undefined) throw new Error('the target shows nothing');
  const finding: Finding = {
    scenario: example.scenario,
    deviation,
    fingerprint: 'fresh-connection: ehlo mail(size) > starttls > rcpt > rcpt',
    kept: [],
    confirmed: '5/5',
    minimal: true,
    example,
  };
  const examination = await experiment.examineAnew(scenario([GREETED, tooBig(null)], inTls));
  const told = await comeTo(experiment, newExplainer(experiment.options), finding, examination);
  expect([...told]).toContain('rcpt code 251/503');
});

const WAIT: Step = { kind: 'pause', ms: 250 };
const FROM: Step = { kind: 'mail', from: 'p' };

test.each<[string, readonly Step[], readonly string[]]>([
  ['before anything is said', [WAIT, FROM], ['pause', 'mail', 'rcpt']],
  ['just before it shows', [FROM, WAIT, { kind: 'rcpt', to: 'q' }], ['mail', 'pause', 'rcpt']],
])(
  'what a finding leads to behind a wait %s comes to it, though nobody waits for it',
  async (_, after, waiting) => {
    const signature = 'rcpt code 250/503';
    const shown = { claim: 'fresh-connection', signature, proof: 'pair', step: 1 } as Deviation;
    const asked: Scenario[] = [];
    const experiment = {
      newSpeech: () => ({ nonce: 'zq7' }),
      suspect: async (one: Scenario) => {
        asked.push(one);
        return { scenario: one, deviations: one.after.includes(WAIT) ? [shown] : [] };
      },
    } as unknown as Experiment;
    const example = { scenario: scenario([GREETED], []), deviations: [shown] } as unknown as Examination;
    const finding: Finding = {
      scenario: scenario([GREETED], after),
      deviation: { ...shown, signature: 'mail code 250/503' },
      fingerprint: 'keeps greeting',
      kept: ['greeting'],
      confirmed: '5/5',
      minimal: true,
      example,
    };
    const other = {
      ...example,
      scenario: scenario([GREETED, { kind: 'noop' }], [FROM, { kind: 'rcpt', to: 'p' }]),
    };
    const explainer = {} as Explainer;
    expect([...(await comeTo(experiment, explainer, finding, other))]).toEqual([signature]);
    expect(asked.map(one => one.after.map(({ kind }) => kind))).toEqual([waiting]);
  },
);

test('a fragment comes to the finding of one whole line, however short it is', async () => {
  const probed = await probe(referenceInMemory(variantOf('runs-second-segment').options));
  if (probed.baseline === undefined) throw new Error('no baseline');
  const experiment = new Experiment({ ...probed, baseline: probed.baseline, claims: CLAIMS, jobs: 4 });
  const lone = { lines: [], times: 1, ending: 'CRLF' } as const;
  const noop: Step = { kind: 'noop' };
  const behind = (segment: Glue): Promise<Examination> =>
    experiment.examineAnew({ before: [], upgrade: { ...BARE, segment }, after: [GREETED] });
  const example = await behind({ ...lone, lines: [noop] });
  const [deviation] = example.deviations;
  if (deviation === undefined) throw new Error('the target shows nothing');
  const finding: Finding = {
    scenario: example.scenario,
    deviation,
    fingerprint: 'no-plaintext-carryover: segment lines',
    kept: [],
    confirmed: '5/5',
    minimal: true,
    example,
  };
  const part = await behind({ ...lone, fragment: { kind: 'line', text: 'X' } });
  expect(part.deviations.length).toBeGreaterThan(0);
  const told = await comeTo(experiment, newExplainer(experiment.options), finding, part);
  for (const { signature } of part.deviations) expect(told).toContain(signature);
});

test('what a known finding leads to by itself comes to it, though a field that the rest keeps would explain it', async () => {
  const probed = await probe(
    referenceInMemory({
      behaviour: {
        ...SOUND,
        follow: (seen, { event, line, secure }) =>
          !secure && event === 'mail' && line.includes('<>') ? 1 : seen,
        judge: (event, _argument, { secure, progress, session }) =>
          event === 'rcpt' && secure && progress === 1 && session.recipients.length > 0
            ? { code: 550, enhanced: '5.5.3', lines: ['One recipient'] }
            : 'sound',
      },
    }),
  );
  if (probed.baseline === undefined) throw new Error('no baseline');
  const experiment = new Experiment({ ...probed, baseline: probed.baseline, claims: CLAIMS, jobs: 4 });
  const bounce: Step = { kind: 'mail', from: null };
  const inTls: readonly Step[] = [
    { kind: 'ehlo', name: 'p' },
    { kind: 'mail', from: 'q' },
    { kind: 'rcpt', to: 'r' },
  ];
  const example = await experiment.examineAnew(scenario([bounce], [...inTls, { kind: 'rcpt', to: 's' }]));
  const [deviation] = example.deviations;
  if (deviation === undefined) throw new Error('the target shows nothing');
  const finding: Finding = {
    scenario: example.scenario,
    deviation,
    fingerprint: 'fresh-connection: mail > starttls > rcpt > rcpt',
    kept: [],
    confirmed: '5/5',
    minimal: true,
    example,
  };
  const chunk: Step = { kind: 'bdat', body: 'plain', token: 'd' };
  const examination = await experiment.examineAnew(
    scenario(
      [GREETED, bounce, { kind: 'rcpt', to: 'c' }, chunk],
      [...inTls, { kind: 'rcpt', to: 's', foreign: true }],
    ),
  );
  const [shown] = examination.deviations;
  expect(shown?.signature).toMatch(/^rcpt enhanced 5\.\d\.\d\/5\.\d\.\d$/);
  const told = await comeTo(experiment, newExplainer(experiment.options), finding, examination);
  expect([...told]).toContain(shown?.signature);
});

test('replies that come late are one finding, whichever is owed', async () => {
  const quit = { at: 0, part: 'fence', step: 0, kind: 'sent', bytes: 'QUIT\r\n' } as const;
  const late = (kind: 'noop' | 'rset', code: number): Examination => ({
    ...evidence({ before: [{ kind }], upgrade: { ...BARE, piped: true } }),
    ...{ evidence: evidence({}), fresh: undefined as never },
    used: {
      transcript: transcript({ entries: [quit, reply('fence', 0, code), reply('fence', 0, 221)] }),
    } as Seen,
    deviations: [{ signature: `fence code ${code}/221`, claim: 'fresh-connection' } as Deviation],
  });
  const example = late('rset', 503);
  const finding = { scenario: example.scenario, example, deviation: example.deviations[0] } as Finding;
  const told = await comeTo({} as Experiment, {} as Explainer, finding, late('noop', 250));
  expect([...told]).toEqual(['fence code 250/221']);
});

test('behind what leads to a race it is looked as often as it takes to see it, and elsewhere once', () => {
  const looks = (confirmed: string, upgrade: Scenario['upgrade']): number =>
    looksBehind({ confirmed, scenario: { before: [], upgrade, after: [] } });
  const piped = { ...BARE, piped: true } as const;
  const glued: Glue = { lines: [{ kind: 'noop' }], times: 1, ending: 'CRLF' };
  expect([looks('10/20', piped), looks('9/20', piped), looks('3/20', piped)]).toEqual([4, 5, 8]);
  expect([looks('5/5', piped), looks('seen twice', piped)]).toEqual([1, 1]);
  expect([looks('10/20', BARE), looks('5/5', BARE), looks('3/20', { ...piped, glued })]).toEqual([4, 1, 1]);
});

/** A finding of these kept fields; what it showed in is of no account. */
const keeping = (...kept: readonly Field[]) =>
  ({ kept, fingerprint: keeps(kept) }) as Partial<Finding> as Finding;

test.each<[string, readonly Field[], readonly Field[][], readonly Field[]]>([
  ['one field is itself', ['login'], [['greeting']], ['login']],
  ['one that is known as well', ['login'], [['login']], ['login']],
  ['what is new of two', ['greeting', 'login'], [['greeting']], ['login']],
  ['what is new of three', ['greeting', 'sender', 'login'], [['login']], ['greeting', 'sender']],
  ['both, where neither is known', ['greeting', 'login'], [['sender']], ['greeting', 'login']],
  ['the last, where each is known', ['greeting', 'login'], [['login'], ['greeting']], ['login']],
  [
    'both, where they were found together',
    ['greeting', 'login'],
    [['greeting', 'login']],
    ['greeting', 'login'],
  ],
])('a finding that keeps several fields is told of %s', (_, kept, found, told) => {
  const finding = narrowed(
    keeping(...kept),
    found.map(fields => keeping(...fields)),
  );
  expect(finding).toEqual(keeping(...told));
});

test('a finding without a field that explains it stays what it is', () => {
  const finding = { ...keeping(), fingerprint: 'fresh-connection: noop > starttls > noop' };
  expect(narrowed(finding, [keeping('login')])).toBe(finding);
});

describe('without asking the target, a deviation comes to', () => {
  const MAIL: Step = { kind: 'mail', from: 'p' };

  /** What a server that keeps these fields shows in a scenario, and how a finding of it would look. */
  async function seen(fields: readonly Field[], where: Scenario) {
    const kept = new Set(fields);
    const probed = await probe(referenceInMemory({ behaviour: { ...SOUND, flipped: () => kept } }));
    if (probed.baseline === undefined) throw new Error('no baseline');
    const experiment = new Experiment({ ...probed, baseline: probed.baseline, claims: CLAIMS, jobs: 4 });
    const example = await experiment.examineAnew(where);
    const [deviation] = example.deviations;
    if (deviation === undefined) throw new Error('the target shows nothing');
    const finding = (fingerprint: string, explaining: readonly Field[]): Finding => ({
      ...{ scenario: where, deviation, example, fingerprint, kept: explaining },
      ...{ confirmed: '5/5', minimal: true },
    });
    return { explainer: newExplainer(experiment.options), deviation, finding };
  }
  const GREETED_MAIL = scenario([GREETED], [MAIL]);

  test('a finding whose minimal scenario it holds, with the same effect', async () => {
    const { explainer, deviation, finding } = await seen(['greeting'], GREETED_MAIL);
    const findings = [finding('some shape', [])];
    const longer = scenario([GREETED, { kind: 'noop' }], [{ kind: 'noop' }, MAIL]);
    expect(await knownBy(findings, explainer, longer, deviation)).toBe('some shape');
    const shorter = scenario([{ kind: 'noop' }], [MAIL]);
    expect(await knownBy(findings, explainer, shorter, deviation)).toBeUndefined();
    const other = { ...deviation, signature: 'mail code 250/500' };
    expect(await knownBy(findings, explainer, longer, other)).toBeUndefined();
    const eager: Scenario = { ...longer, upgrade: { ...BARE, eager: true } };
    expect(await knownBy(findings, explainer, eager, deviation)).toBeUndefined();
  });

  test('a finding whose field predicts it', async () => {
    const first = await seen(['greeting'], GREETED_MAIL);
    const found = first.finding(keeps(['greeting']), ['greeting']);
    const login = scenario([GREETED], [LOGIN]);
    const { deviation } = await seen(['greeting'], login);
    expect(deviation.signature).not.toBe(found.deviation.signature);
    const known = (finding: Finding) => knownBy([finding], first.explainer, login, deviation);
    expect(await known(found)).toBe('keeps greeting');
    expect(await known({ ...found, kept: ['sender'] })).toBeUndefined();
    expect(await known({ ...found, kept: [] })).toBeUndefined();
  });

  test('a finding that showed it in an answer which quotes what was said, whatever it quotes', async () => {
    const { explainer, deviation, finding } = await seen(['greeting'], GREETED_MAIL);
    const quoting = (used: string): Deviation => ({
      ...deviation,
      signature: `vrfy text ${used}`,
      difference: {
        ...{ step: 0, verb: 'vrfy', aspect: 'text', place: '0.252.0' },
        ...{ used: `cannot verify ${used}`, fresh: 'cannot verify ' },
      },
    });
    const found = { ...finding('some shape', []), deviation: quoting('<a>') };
    const elsewhere = scenario([{ kind: 'noop' }], [{ kind: 'vrfy' }]);
    const known = (one: Finding, shown: string) => knownBy([one], explainer, elsewhere, quoting(shown));
    expect(await known(found, 'GET / HTTP/1.1')).toBe('some shape');
    expect(await known({ ...found, kept: ['sender'] }, 'GET / HTTP/1.1')).not.toBe('some shape');
    // A value of the plaintext that comes back there is told of as such.
    const { difference: _, ...rest } = quoting('<a>');
    const marker: Deviation = { ...rest, claim: 'markers', signature: 'marker in a reply' };
    const marked = (...others: Deviation[]): Finding => ({
      ...found,
      deviation: marker,
      example: { ...found.example, deviations: [marker, ...others] },
    });
    expect(await known(marked(quoting('<a>')), 'GET / HTTP/1.1')).toBe('some shape');
    expect(await known(marked({ ...quoting('<a>'), step: marker.step + 1 }), 'GET')).not.toBe('some shape');
    expect(await known(marked(), 'GET / HTTP/1.1')).not.toBe('some shape');
  });
});
