import { describe, expect, test } from 'vitest';
import { CLIENT_CLAIMS } from '../../properties/client/index.ts';
import { checkClient } from '../../src/client/check.ts';
import {
  type ClientExamination,
  ClientExperiment,
  Interrupted,
  type SeenClient,
} from '../../src/client/experiment.ts';
import { clientNamed } from '../../src/client/known.ts';
import { observeClient } from '../../src/client/observe.ts';
import { OFFERED } from '../../src/client/offer.ts';
import { CLEAN, type Script, type Step } from '../../src/client/script.ts';
import { type ClientInvestigator, newClientInvestigator } from '../../src/client/suspicions.ts';
import type { ClientTranscript, Entry, Utterance } from '../../src/client/transcript.ts';
import type { Report } from '../../src/report/report.ts';
import { acted, saying } from './acted.ts';
import { authority, caFile } from './authority.ts';

const stage = (name: string) =>
  ({ client: clientNamed(name), authority, caFile, tls: 'required', limit: 10_000 }) as const;

const checked = (name: string, scenarios: number, examples: readonly Script[] = []): Promise<Report> =>
  checkClient(stage(name), {
    seed: 1,
    jobs: 8,
    claims: CLIENT_CLAIMS,
    wanted: [],
    scenarios,
    examples,
    silence: false,
  });

const script = (changes: Partial<Script>): Script => ({
  errand: {},
  before: [],
  upgrade: CLEAN,
  after: [],
  ...changes,
});

const investigatorOf = (experiment: ClientExperiment, stopped = () => false): ClientInvestigator =>
  newClientInvestigator({
    experiment,
    jobs: 8,
    expired: () => false,
    stopped,
    onFinding: () => {},
  });

/** The names that come of these scripts, and how often each defect was seen. */
async function namesOf(client: string, scripts: readonly Script[], stopped = false) {
  const experiment = new ClientExperiment({ stage: stage(client), claims: CLIENT_CLAIMS, jobs: 8 });
  const investigator = investigatorOf(experiment, () => stopped);
  const examinations: ClientExamination[] = [];
  for (const one of scripts) {
    const examination = await experiment.examine(one);
    examinations.push(examination);
    await investigator.consider(examination);
  }
  const names = investigator.findings.map(({ fingerprint }) => fingerprint);
  return { names, investigator, runs: experiment.counts.runs, examinations };
}

describe('one defect of a client has one name', () => {
  test.each([
    ['reference:keeps-size', ['keeps SIZE']],
    ['reference:keeps-greeting', ['keeps greeting']],
    ['reference:keeps-name', ['keeps the answer to EHLO']],
    ['reference:keeps-unknown', ['keeps an unknown extension']],
    ['reference:login-before-starttls', ['sends AUTH before STARTTLS']],
    ['reference:mail-before-starttls', ['sends MAIL before STARTTLS']],
    ['reference:plain-when-dropped', ['goes on in plaintext where STARTTLS is left without an answer']],
    ['reference:keeps-lines', ['answered with lines glued to the 220']],
    ['reference:prefers-old-list', ['keeps the list']],
    ['reference:uses-old-list', ['keeps the list', 'no EHLO first in TLS']],
    ['reference:skips-ehlo', ['no EHLO first in TLS']],
    ['reference:skips-ehlo-by-list', ['keeps DSN']],
    ['reference:pipelines-mail', ['speaks in plaintext behind STARTTLS']],
    ['reference:plain-behind-bytes', ['goes on in plaintext where bytes come behind the 220']],
    ['reference:plain-when-garbled', ['goes on in plaintext after a failed handshake']],
    ['reference:keeps-answers', ['answered with lines glued to the 220']],
    ['reference:plain-when-refused', ['goes on in plaintext where STARTTLS is refused']],
    ['reference:tries-for-ever', ['endless']],
    ['reference:self-signed', ['takes a certificate self-signed']],
    ['reference:strange-root', ['takes a certificate strange-root']],
    ['reference:any-chain', ['takes a certificate strange-root']],
    ['reference:no-authority', ['takes a certificate no-authority']],
    ['reference:any-issuer', ['takes a certificate wrong-issuer']],
    ['reference:any-name', ['takes a certificate wrong-name']],
    ['reference:similar-name', ['takes a certificate similar-name']],
    ['reference:greeted-name', ['takes a certificate wrong-name']],
  ])('%s: %j', async (name, names) => {
    const { findings } = await checked(name, 300);
    expect(findings.map(({ fingerprint }) => fingerprint).sort()).toEqual(names);
  });

  test('one with the right common name beside other names is a note: libraries differ about it', async () => {
    const { findings, notes } = await checked('reference:common-name', 300);
    expect(findings).toEqual([]);
    expect(notes).toContainEqual({
      kind: 'deviation',
      text: expect.stringMatching(/^the client takes a certificate whose common name is right, .*RFC 6125/),
    });
  });

  test('whichever certificate is taken, where any is', async () => {
    const wrong = (certificate: 'expired' | 'wrong-name'): Script =>
      script({ upgrade: { ...CLEAN, handshake: { kind: 'sound', version: '1.3', certificate } } });
    const { names, investigator } = await namesOf('emailjs', [wrong('expired'), wrong('wrong-name')]);
    expect(names).toEqual(['takes any certificate']);
    expect(investigator.sightings.count('takes any certificate')).toBe(2);
  });

  test('that of any date, where no date is looked at', async () => {
    const wrong = (certificate: 'expired' | 'not-yet-valid'): Script =>
      script({ upgrade: { ...CLEAN, handshake: { kind: 'sound', version: '1.3', certificate } } });
    const { names } = await namesOf('reference:any-date', [wrong('not-yet-valid'), wrong('expired')]);
    expect(names).toEqual(['takes a certificate of any date']);
  });

  test('that of a strange issuer, where no issuer is looked at and so no date', async () => {
    const wrong = (certificate: 'expired' | 'wrong-issuer'): Script =>
      script({ upgrade: { ...CLEAN, handshake: { kind: 'sound', version: '1.3', certificate } } });
    const { names } = await namesOf('reference:no-issuer', [wrong('expired'), wrong('wrong-issuer')]);
    expect(names).toEqual(['takes a certificate wrong-issuer']);
  });

  test('that of a strange issuer, even where one that is its own issuer is seen first', async () => {
    const wrong = (certificate: 'self-signed' | 'wrong-issuer'): Script =>
      script({ upgrade: { ...CLEAN, handshake: { kind: 'sound', version: '1.3', certificate } } });
    const { names } = await namesOf('reference:any-issuer', [wrong('self-signed'), wrong('wrong-issuer')]);
    expect(names).toEqual(['takes a certificate wrong-issuer']);
  });

  test('that of any name behind an address, where a name would be looked at', async () => {
    const { names } = await namesOf('reference:any-name-for-address', [
      script({
        errand: { login: true, address: true },
        upgrade: { ...CLEAN, handshake: { kind: 'sound', version: '1.3', certificate: 'wrong-name' } },
      }),
    ]);
    expect(names).toEqual(['takes a certificate wrong-name behind an address']);
  });

  test('and one that is taken with it costs no more than to be seen', async () => {
    const wrong = (certificate: 'self-signed' | 'strange-root' | 'wrong-issuer'): Script =>
      script({ upgrade: { ...CLEAN, handshake: { kind: 'sound', version: '1.3', certificate } } });
    const first = await namesOf('reference:any-issuer', [wrong('wrong-issuer')]);
    const all = await namesOf(
      'reference:any-issuer',
      (['wrong-issuer', 'self-signed', 'strange-root'] as const).map(wrong),
    );
    expect(all.names).toEqual(['takes a certificate wrong-issuer']);
    expect(all.investigator.sightings.count('takes a certificate wrong-issuer')).toBe(3);
    expect(all.runs - first.runs).toBeLessThanOrEqual(4);
  });

  test('that of any name, even where a similar one is seen first', async () => {
    const wrong = (certificate: 'similar-name' | 'wrong-name'): Script =>
      script({ upgrade: { ...CLEAN, handshake: { kind: 'sound', version: '1.3', certificate } } });
    const { names } = await namesOf('reference:any-name', [wrong('similar-name'), wrong('wrong-name')]);
    expect(names).toEqual(['takes a certificate wrong-name']);
  });

  test('that of what fails in TLS, where that is followed by plaintext', async () => {
    const ended = { kind: 'close', on: 'ehlo', how: 'fin' } as const;
    const { names } = await namesOf('reference:plain-after-session', [
      script({ before: [{ kind: 'size', limit: null }], after: [ended] }),
    ]);
    expect(names).toEqual(['goes on in plaintext where the session in TLS fails']);
  });

  test('and a script that shows it once more costs three runs', async () => {
    const rich = script({
      before: [
        { kind: 'size', limit: null },
        { kind: 'keyword', keyword: 'DSN' },
        { kind: 'greeting', name: 'b', code: 220, lines: 2 },
      ],
      upgrade: { ...CLEAN, glued: { lines: [{ code: 250, text: 'a' }] } },
    });
    const size = script({ before: [{ kind: 'size', limit: null }] });
    const { runs: few } = await namesOf('reference:keeps-size', [size]);
    const { runs, investigator } = await namesOf('reference:keeps-size', [size, rich]);
    expect(runs - few).toBe(3);
    expect([...investigator.sightings.claims('keeps SIZE')]).toEqual(['client-discards']);
    expect(investigator.sightings.count('keeps SIZE')).toBe(2);
  });

  test('but what a known one does not account for has its own', async () => {
    const { names } = await namesOf('reference:uses-old-list', [
      script({ after: [{ kind: 'size', limit: null }] }),
      script({ before: [{ kind: 'size', limit: null }] }),
    ]);
    expect(names).toEqual(['no EHLO first in TLS', 'keeps the list']);
  });
});

test('what goes out in plaintext needs no more of a script where that has it say something else first', async () => {
  const { investigator } = await namesOf('reference:plain-after-session', [
    script({
      errand: { login: true },
      before: [{ kind: 'auth', mechanisms: ['PLAIN'] }],
      after: [{ kind: 'close', on: 'ehlo', how: 'fin' }],
    }),
  ]);
  expect(investigator.findings).toMatchObject([{ minimal: true, script: { errand: {}, before: [] } }]);
});

test('who is careless on a later connection alone is named so', async () => {
  const { names } = await namesOf('reference:careless-when-back', [
    script({
      upgrade: { ...CLEAN, handshake: { kind: 'sound', version: '1.3', certificate: 'wrong-issuer' } },
      after: [{ kind: 'close', on: 'mail', how: 'fin' }],
      spared: 1,
    }),
  ]);
  expect(names).toEqual(['takes a certificate wrong-issuer on a later connection']);
});

test('who is careless where the first handshake fails is named so', async () => {
  const strange = script({
    upgrade: { ...CLEAN, handshake: { kind: 'sound', version: '1.3', certificate: 'wrong-issuer' } },
    spared: 1,
    firstFails: 'alert-name',
  });
  const refused = await namesOf('reference:careless-when-refused', [strange]);
  expect(refused.names).toEqual(['takes a certificate wrong-issuer behind a handshake that failed before']);
  // Who goes on in plaintext where a handshake fails needs no second one.
  expect((await namesOf('reference:plain-after-failure', [strange])).names).toEqual([
    'goes on in plaintext where TLS fails',
  ]);
});

test('to leave TLS for want of a login is one defect, and to do without it where it is refused another', async () => {
  const MAIL = {
    at: 0,
    connection: 1,
    kind: 'said',
    verb: 'mail',
    text: 'MAIL FROM:<a>',
    early: false,
  } as const;
  const withMail = ({ entries, ...rest }: ClientTranscript): ClientTranscript => ({
    ...rest,
    entries: [...entries, { ...MAIL, secure: false }],
  });
  const did = ({ before, upgrade, after }: Script): ClientTranscript => {
    if (upgrade.code !== CLEAN.code) return withMail({ ...saying(), entries: [] });
    const isPlain = after.length === 0 && JSON.stringify(upgrade) === JSON.stringify(CLEAN);
    const leaves = isPlain && !before.some(({ kind }) => kind === 'withhold');
    return leaves ? withMail(saying('EHLO me', 'QUIT')) : saying('EHLO me');
  };
  const experiment = acted({ used: () => saying(), fresh: () => saying() });
  experiment.run = async one => ({ transcript: did(one), observation: observeClient(did(one)) });
  const investigator = investigatorOf(experiment);
  const greeting = { kind: 'greeting', name: 'a', code: 220, lines: 3 } as const;
  for (const one of [{ before: [greeting] }, { upgrade: { ...CLEAN, code: 454 } }, { before: [greeting] }])
    await investigator.consider(await experiment.examine(script(one)));
  expect(investigator.findings.map(({ fingerprint, script: { before } }) => [fingerprint, before])).toEqual([
    ['leaves TLS and goes on in plaintext', []],
    ['goes on in plaintext where STARTTLS is refused', []],
  ]);
});

test('that plaintext follows on a connection whose handshake failed is no defect of its own, where that has the message go out', async () => {
  const common = { at: 0, connection: 0, secure: false } as const;
  const plain = (text: string): Entry => {
    const verb = text.split(' ')[0]?.toLowerCase() as Utterance;
    return { ...common, kind: 'said', text, verb, early: false };
  };
  const goesOn = (): ClientTranscript => ({
    ...saying(),
    entries: [
      plain('STARTTLS'),
      { ...common, kind: 'handshake', result: 'failed', detail: '' },
      plain('RSET'),
      plain('MAIL FROM:<me@a.example>'),
    ],
  });
  const experiment = acted({ used: goesOn, fresh: () => saying('EHLO me') });
  const investigator = investigatorOf(experiment);
  const failed = script({ upgrade: { ...CLEAN, handshake: { kind: 'failed', how: 'alert' } } });
  await investigator.consider(await experiment.examine(failed));
  expect(investigator.findings).toMatchObject([{ deviation: { claim: 'client-required-tls' } }]);
  const [{ fingerprint } = { fingerprint: '' }] = investigator.findings;
  expect([...investigator.sightings.claims(fingerprint)].sort()).toEqual([
    'client-negotiates',
    'client-required-tls',
  ]);
});

test('what is kept of a list needs no more of it where that has it shown otherwise', async () => {
  const MAIL = 'MAIL FROM:<me@a.example>';
  const has = ({ before }: Script, kind: string): boolean => before.some(step => step.kind === kind);
  const experiment = acted({
    used: (_, one) =>
      !has(one, 'size')
        ? saying('EHLO me', MAIL)
        : has(one, 'unknown')
          ? saying('EHLO me')
          : saying('EHLO me', `${MAIL} SIZE=1`),
    fresh: () => saying('EHLO me', MAIL),
  });
  const investigator = investigatorOf(experiment);
  const SIZE = { kind: 'size', limit: null } as const;
  await investigator.consider(
    await experiment.examine(script({ before: [SIZE, { kind: 'unknown', name: 'a' }] })),
  );
  expect(investigator.findings).toMatchObject([
    { fingerprint: 'keeps SIZE', minimal: true, script: { before: [SIZE] } },
  ]);
});

test('that a client does not greet needs no more of a script where that has it say something else first', async () => {
  const auth = { kind: 'auth', mechanisms: ['PLAIN'] } as const;
  const { investigator } = await namesOf('reference:uses-old-list', [
    script({ errand: { login: true }, before: [auth], after: [auth] }),
  ]);
  const finding = investigator.findings.find(({ fingerprint }) => fingerprint === 'no EHLO first in TLS');
  expect(finding).toMatchObject({ minimal: true, script: { errand: {}, before: [], after: [] } });
});

test('what the last scripts showed is looked into, too', async () => {
  const { findings } = await checked('reference:skips-ehlo', 1, [script({})]);
  expect(findings).toHaveLength(1);
});

test('what nobody had time to look into is counted, and the client is not said to hold', async () => {
  const { names, investigator } = await namesOf('reference:skips-ehlo', [script({})], true);
  expect(names).toEqual([]);
  expect(investigator.late).toBe(1);
});

test('what is seen again when time is up is known, under whatever name it would have by itself', async () => {
  const wrong = (certificate: 'expired' | 'wrong-name'): Script =>
    script({ upgrade: { ...CLEAN, handshake: { kind: 'sound', version: '1.3', certificate } } });
  const experiment = new ClientExperiment({ stage: stage('emailjs'), claims: CLIENT_CLAIMS, jobs: 8 });
  let stopped = false;
  const investigator = investigatorOf(experiment, () => stopped);
  for (const certificate of ['expired', 'wrong-name', 'wrong-name'] as const) {
    await investigator.consider(await experiment.examine(wrong(certificate)));
    stopped = true;
  }
  expect(investigator.findings.map(({ fingerprint }) => fingerprint)).toEqual(['takes any certificate']);
  expect(investigator.late).toBe(0);
  expect(investigator.sightings.count('takes any certificate')).toBe(3);
});

test('another way into plaintext that is seen too late is left open, and no second finding', async () => {
  const plaintext = (): ClientTranscript => {
    const { entries, ...rest } = saying('MAIL FROM:<me@a.example>');
    return { ...rest, entries: entries.slice(1).map(entry => ({ ...entry, secure: false })) };
  };
  const isRefused = ({ before, upgrade }: Script): boolean =>
    upgrade.code !== CLEAN.code || before.some(({ kind }) => kind === 'extra');
  const size = { kind: 'size', limit: null } as const;
  const leaves = (): ClientTranscript => {
    const { entries, ...rest } = saying('EHLO me');
    return { ...rest, entries: [...entries, ...plaintext().entries] };
  };
  const experiment = acted({
    used: (_, one) =>
      isRefused(one)
        ? plaintext()
        : one.before.some(({ kind }) => kind === 'size')
          ? leaves()
          : saying('EHLO me'),
    fresh: () => saying('EHLO me'),
  });
  let stopped = false;
  const investigator = investigatorOf(experiment, () => stopped);
  await investigator.consider(await experiment.examine(script({ upgrade: { ...CLEAN, code: 454 } })));
  const extra = { kind: 'extra', behind: 'ehlo', glue: { lines: [{ code: 250, text: 'a' }] } } as const;
  const late = await Promise.all(
    [[], [size]].flatMap(after =>
      [extra, size].map(one => experiment.examine(script({ before: [one], after }))),
    ),
  );
  stopped = true;
  experiment.run = () => Promise.reject(new Interrupted());
  for (const examination of late) await investigator.consider(examination);
  expect(investigator.findings.map(({ fingerprint }) => fingerprint)).toEqual([
    'goes on in plaintext where STARTTLS is refused',
  ]);
  expect(investigator.late).toBe(4);
});

test('what two scripts show for which there was no time is found all the same, where it proves itself', async () => {
  const { names, investigator } = await namesOf(
    'reference:skips-ehlo',
    [script({ after: [{ kind: 'size', limit: null }] }), script({})],
    true,
  );
  expect(names).toEqual(['no EHLO first in TLS']);
  expect(investigator.findings[0]).toMatchObject({ minimal: false, confirmed: '2/2', script: { after: [] } });
});

/** A script whose used run showed this once, with a client of which it is not seen again. */
function once(experiment: ClientExperiment, text: string): ClientExamination {
  const [used, fresh] = [saying('EHLO me', text), saying('EHLO me', 'MAIL FROM:<me@a.example>')].map(
    transcript => ({
      transcript,
      observation: observeClient(transcript),
    }),
  ) as [SeenClient, SeenClient];
  return experiment.judge(script({ before: [{ kind: 'size', limit: null }] }), used, fresh);
}

test('what nobody can confirm leaves its scripts in doubt, also those that are not looked into any more', async () => {
  const sound = () => saying('EHLO me', 'MAIL FROM:<me@a.example>');
  const experiment = acted({ used: sound, fresh: sound });
  const investigator = investigatorOf(experiment);
  const runs: number[] = [];
  for (let time = 0; time < 5; time++) {
    await investigator.consider(once(experiment, 'MAIL FROM:<me@a.example> SIZE=1'));
    runs.push(experiment.counts.runs);
  }
  // Three times it is looked into, and no more.
  expect(new Set(runs).size).toBe(3);
  expect(runs[2]).toBe(runs[4]);
  expect(investigator.findings).toEqual([]);
  expect(investigator.doubts.count).toBe(5);
  expect(investigator.doubts.outweigh('client-discards', 49)).toBe(true);
});

test('what varies from one fresh run to the next is not looked into, and leaves its script in doubt', async () => {
  const sound = () => saying('EHLO me', 'MAIL FROM:<me@a.example>');
  const experiment = acted({ used: sound, fresh: sound });
  const investigator = investigatorOf(experiment);
  for (let time = 0; time < 3; time++)
    await investigator.consider({ ...once(experiment, 'AUTH LOGIN'), disagreed: true });
  expect(experiment.counts.runs).toBe(0);
  expect(investigator.findings).toEqual([]);
  expect(investigator.notes).toMatchObject([{ kind: 'unstable' }]);
  expect(investigator.doubts.count).toBe(3);
  expect(investigator.doubts.outweigh('client-discards', 29)).toBe(true);
  expect(investigator.doubts.outweigh('client-ehlo-first', 29)).toBe(false);
});

test('what was seen to vary by itself is shown by more pairs than five, or by none', async () => {
  const [sound, chatty] = ['MAIL FROM:<me@a.example>', 'DATA'].map(text => () => saying('EHLO me', text)) as [
    () => ClientTranscript,
    () => ClientTranscript,
  ];
  const findingsAfter = async (isKnownToVary: boolean) => {
    const experiment = acted({ used: chatty, fresh: run => (run % 16 === 15 ? chatty() : sound()) });
    const investigator = investigatorOf(experiment);
    if (isKnownToVary) await investigator.consider({ ...once(experiment, 'DATA'), disagreed: true });
    await investigator.consider(once(experiment, 'DATA'));
    return investigator.findings;
  };
  expect(await findingsAfter(false)).toHaveLength(1);
  expect(await findingsAfter(true)).toEqual([]);
});

test('what proves itself is looked into, though fresh runs vary', async () => {
  const rude = () => saying('MAIL FROM:<me@a.example>');
  const experiment = acted({ used: rude, fresh: rude });
  const investigator = investigatorOf(experiment);
  const seen: SeenClient = { transcript: rude(), observation: observeClient(rude()) };
  await investigator.consider({ ...experiment.judge(script({}), seen, seen), disagreed: true });
  expect(investigator.findings).toMatchObject([{ fingerprint: 'no EHLO first in TLS' }]);
  expect(investigator.doubts.count).toBe(0);
});

test('a client that keeps something in three runs of eight is found, by one script that showed it', async () => {
  const sound = () => saying('EHLO me', 'MAIL FROM:<me@a.example>');
  const used = (run: number) =>
    [2, 5, 7].includes(run % 8) ? saying('EHLO me', 'MAIL FROM:<me@a.example> SIZE=1') : sound();
  const experiment = acted({ used, fresh: sound });
  const investigator = investigatorOf(experiment);
  await investigator.consider(once(experiment, 'MAIL FROM:<me@a.example> SIZE=1'));
  expect(investigator.findings).toMatchObject([{ fingerprint: 'keeps SIZE' }]);
  expect(investigator.findings[0]?.confirmed).toMatch(/\/40$/);
});

/** Numbers below one that come to the same in each run of a test. */
function drawing(seed: number): () => number {
  let draw = seed;
  return () => {
    draw = (Math.imul(draw, 1_664_525) + 1_013_904_223) >>> 0;
    return draw / 2 ** 32;
  };
}

test.each([1, 2, 3, 4, 5, 6, 7])(
  'what shows in a third of the runs is made small at once, though five pairs may not show it (%i)',
  async seed => {
    const next = drawing(seed);
    const isKept = ({ before }: Script): boolean =>
      before.some(({ kind }) => kind === 'size') && next() < 0.35;
    const experiment = acted({
      used: (_, one) => saying('EHLO me', `MAIL FROM:<me@a.example>${isKept(one) ? ' SIZE=1' : ''}`),
      fresh: () => saying('EHLO me', 'MAIL FROM:<me@a.example>'),
    });
    const investigator = investigatorOf(experiment);
    const [size, ...others] = [...OFFERED].sort(
      (one, other) => Number(other.kind === 'size') - Number(one.kind === 'size'),
    );
    const before = [...others.slice(0, 5), size as Step];
    for (let run = 0; run < 20; run++)
      await investigator.consider(await experiment.examine(script({ before })));
    expect(investigator.findings).toMatchObject([
      { fingerprint: 'keeps SIZE', minimal: true, script: { before: [size] } },
    ]);
  },
);

test.each([7_920, 87_110, 95_029, 150_462])(
  'a client that does now this and now that by itself is accused of nothing (%i)',
  async seed => {
    const next = drawing(seed);
    const alike = () =>
      saying('EHLO me', next() < 0.08 ? 'AUTH LOGIN' : 'AUTH PLAIN', 'MAIL FROM:<me@a.example>');
    const experiment = acted({ used: alike, fresh: alike });
    const investigator = investigatorOf(experiment);
    const scripts = OFFERED.map(offer => script({ before: [offer] }));
    for (const one of [...scripts, ...scripts, ...scripts, ...scripts])
      await investigator.consider(await experiment.examine(one));
    expect(investigator.findings).toEqual([]);
  },
);
