import { expect, test } from 'vitest';
import type { Deviation } from '../../src/claim.ts';
import { nameOf } from '../../src/client/breadth.ts';
import { observeClient } from '../../src/client/observe.ts';
import { CLEAN, isSilent, type Script } from '../../src/client/script.ts';
import type { ClientTranscript } from '../../src/client/transcript.ts';
import { acted, type Part, saying } from './acted.ts';

const kept: Script = {
  errand: { letter: 'eight-bit' },
  before: [{ kind: 'keyword', keyword: '8BITMIME' }],
  upgrade: CLEAN,
  after: [],
};
const glued: Script = {
  ...kept,
  before: [],
  upgrade: { ...CLEAN, glued: { lines: [{ code: 250, text: 'a' }] } },
};
const named = (script: Script, claim: string, part: Part): Promise<string> => {
  const deviation: Deviation = {
    claim,
    requirement: 'rfc3207-4.2-client-discards',
    level: 'must',
    proof: 'pair',
    step: 1,
    used: '',
    fresh: '',
    summary: '',
    signature: 'MAIL +BODY',
  };
  return nameOf(acted(part), script, deviation);
};

const plain = () => saying('EHLO me', 'MAIL FROM:<me@a.example>');
const login = () => saying('EHLO me', 'AUTH LOGIN');
/** What a client that draws its login does: in one run in three it is this. */
const drawn = (run: number) => (run % 3 === 0 ? login() : plain());

test('what a client keeps is the list where another errand shows more of it every time', async () => {
  expect(await named(kept, 'client-discards', { used: login, fresh: plain })).toBe('keeps the list');
  expect(await named(kept, 'client-discards', { used: plain, fresh: plain })).toBe('keeps 8BITMIME');
});

test('it is the list, too, where another extension shows only if both lists have it', async () => {
  const inBoth: Script = { ...kept, after: kept.before };
  const used = (_: number, { before, after }: Script) =>
    before.length > 1 && after.length > 4 ? login() : plain();
  expect(await named(inBoth, 'client-discards', { used, fresh: plain })).toBe('keeps the list');
  expect(await named(kept, 'client-discards', { used, fresh: plain })).toBe('keeps 8BITMIME');
});

test('what shows by chance, in used runs or in fresh ones, widens no name', async () => {
  for (const part of [
    { used: drawn, fresh: plain },
    { used: login, fresh: (run: number) => (run % 4 === 3 ? login() : plain()) },
  ]) {
    expect(await named(kept, 'client-discards', part)).toBe('keeps 8BITMIME');
    expect(await named(glued, 'client-injected', part)).toBe('answered with lines glued to the 220');
  }
});

test('what is kept of an answer to STARTTLS in several lines is that answer where one line of other words shows it, too', async () => {
  const several: Script = { ...kept, before: [], upgrade: { ...CLEAN, lines: 3 } };
  const help = (_: number, { before }: Script) =>
    before.length === 0 ? plain() : saying('EHLO me', 'HELP Go on');
  expect(await named(several, 'client-injected', { used: help, fresh: plain })).toBe(
    'keeps the answer to STARTTLS',
  );
  expect(await named(several, 'client-injected', { used: plain, fresh: plain })).toBe(
    'answered after a 220 of several lines',
  );
});

test('who reads on behind a 220 of several lines alone is asked for lines and fragments there', async () => {
  const several: Script = { ...glued, upgrade: { ...glued.upgrade, lines: 2 } };
  const used = (_: number, { upgrade }: Script) => (upgrade.lines > 1 ? login() : plain());
  expect(await named(several, 'client-injected', { used, fresh: plain })).toBe(
    'answered with what is glued to the 220',
  );
});

test('who reads on only where much comes behind the 220 is asked for much', async () => {
  const isMuch = ({ upgrade: { glued: glue } }: Script) =>
    [...(glue?.lines ?? []), glue?.fragment].some(line => line?.long === true);
  const used = (_: number, script: Script) => (isMuch(script) ? login() : plain());
  const much: Script = {
    ...glued,
    upgrade: { ...CLEAN, glued: { lines: [{ code: 250, text: 'a', long: true }] } },
  };
  expect(await named(much, 'client-injected', { used, fresh: plain })).toBe(
    'answered with what is glued to the 220',
  );
  expect(await named(glued, 'client-injected', { used, fresh: plain })).toBe(
    'answered with lines glued to the 220',
  );
});

/** A run that does not come to TLS. */
function inPlaintext(line: string): ClientTranscript {
  const { entries, ...rest } = saying(line);
  return { ...rest, entries: entries.slice(1).map(entry => ({ ...entry, secure: false })) };
}

/** Says its password in plaintext where a login is offered and TLS does not come about. */
const tellsPassword = (_: number, { before, upgrade }: Script): ClientTranscript => {
  const offersLogin = before.some(({ kind }) => kind === 'auth');
  const isHindered = upgrade !== CLEAN || before.some(({ kind }) => kind === 'withhold');
  return offersLogin && isHindered ? inPlaintext('AUTH PLAIN') : saying('EHLO me');
};

test('who goes on in plaintext where a login is offered is asked what keeps it from TLS with a login to offer', async () => {
  const script: Script = {
    ...kept,
    before: [{ kind: 'auth', mechanisms: ['PLAIN'] }],
    upgrade: { ...CLEAN, handshake: { kind: 'failed', how: 'garbage' } },
  };
  const experiment = acted({ used: tellsPassword, fresh: plain });
  const { deviations } = await experiment.examine(script);
  expect(deviations).toMatchObject([{ claim: 'client-required-tls' }]);
  expect(await nameOf(experiment, script, deviations[0] as Deviation)).toBe(
    'goes on in plaintext where TLS fails',
  );
});

test('who goes on in plaintext where the server is silent is asked what else does it with silence', async () => {
  const silent: Script = { ...kept, before: [], upgrade: { ...CLEAN, unanswered: 'silence' } };
  const impatient = (_: number, script: Script): ClientTranscript =>
    isSilent(script) ? inPlaintext('MAIL FROM:<me@a.example>') : saying('EHLO me');
  const experiment = acted({ used: impatient, fresh: plain });
  const { deviations } = await experiment.examine(silent);
  expect(await nameOf(experiment, silent, deviations[0] as Deviation)).toBe(
    'goes on in plaintext where TLS fails',
  );
});

test('what stands in a script that is not minimal, and does nothing by itself, is no part of the name', async () => {
  const script: Script = {
    ...kept,
    before: [{ kind: 'spelling', starttls: 'starttls' }, { kind: 'withhold' }],
  };
  const careless = (_: number, { before, upgrade }: Script): ClientTranscript =>
    upgrade.code === 454 || before.some(({ kind }) => kind === 'spelling')
      ? inPlaintext('MAIL FROM:<me@a.example>')
      : saying('EHLO me');
  const experiment = acted({ used: careless, fresh: plain });
  const { deviations } = await experiment.examine(script);
  const nameIf = (minimal: boolean) => nameOf(experiment, script, deviations[0] as Deviation, minimal);
  expect(await nameIf(true)).toBe('goes on in plaintext where TLS fails');
  expect(await nameIf(false)).toBe('goes on in plaintext where STARTTLS is refused');
});

test('who remembers in one run what an earlier one has met has one name, whichever script shows it', async () => {
  const scripts: readonly Script[] = [
    kept,
    { ...kept, upgrade: { ...CLEAN, handshake: { kind: 'failed', how: 'fin' } } },
    { ...kept, upgrade: { ...CLEAN, code: 454 } },
  ];
  const experiment = acted({ used: plain, fresh: plain });
  let hadTrouble = false;
  experiment.run = async script => {
    const before = hadTrouble;
    hadTrouble = false;
    await new Promise(setImmediate);
    const { code, handshake } = script.upgrade;
    if (!before && (code !== CLEAN.code || handshake.kind === 'failed')) hadTrouble = true;
    const transcript = before ? inPlaintext('MAIL FROM:<me@a.example>') : saying('EHLO me');
    return { transcript, observation: observeClient(transcript) };
  };
  for (const script of scripts) {
    hadTrouble = true;
    const { deviations } = experiment.judge(script, await experiment.run(script), undefined);
    expect(await nameOf(experiment, script, deviations[0] as Deviation)).toBe(
      'goes on in plaintext now and then though nothing stands in the way of TLS',
    );
  }
});
