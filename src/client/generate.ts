/**
 * Server scripts, drawn by seed. What follows TLS comes from a slowly growing pool, so that one fresh run serves many
 * scripts. Names before TLS and in it are not the same, so that a name of before is a marker behind it.
 */

import fc from 'fast-check';
import { glue, length, REFUSALS } from './glues.ts';
import { list, near, offer, rich } from './lists.ts';
import {
  CERTIFICATES,
  type CertificateKind,
  CLEAN,
  type Errand,
  FAILURES,
  type Handshake,
  isClean,
  LAPSES,
  type Script,
  SPELLINGS,
  STRANGE,
  type Step,
  type Upgrade,
  type Verb,
} from './script.ts';
import { answer, surprise } from './surprises.ts';

export interface ScriptGenerator {
  /** The next scripts of the sequence. */
  next(count: number): readonly Script[];
}

export interface ScriptOptions {
  readonly seed: number;
  /** Whether the client's own time limits are short enough for a server that is silent. */
  readonly silence: boolean;
}

const BEFORE_NAMES = ['a', 'b', 'c', 'd'] as const;
const AFTER_NAMES = ['h', 'i', 'j'] as const;
/** One new end of a script for so many scripts; each costs a fresh run. */
const SCRIPTS_PER_END = 6;

/** Milliseconds that an answer is held back: longer than a client that does not wait takes for its next command. */
const HOLD = 80;

const seldom = <T>(arbitrary: fc.Arbitrary<T>, percent: number): fc.Arbitrary<T[]> =>
  fc.oneof(
    { weight: 100 - percent, arbitrary: fc.constant<T[]>([]) },
    { weight: percent, arbitrary: arbitrary.map(one => [one]) },
  );

/** Some ask with NOOP or RSET first whether the server is there, or how it is. */
const BEFORE_VERBS: readonly Verb[] = ['ehlo', 'ehlo', 'helo', 'mail', 'auth', 'noop', 'rset'];

/** What is said in plaintext. Commands that belong behind TLS are answered as well, for clients that send them. */
const before: fc.Arbitrary<readonly Step[]> = fc
  .tuple(
    fc.oneof({ weight: 3, arbitrary: list(BEFORE_NAMES, 8) }, { weight: 1, arbitrary: rich }),
    seldom(surprise(BEFORE_NAMES, BEFORE_VERBS), 25),
    seldom(fc.constant<Step>({ kind: 'withhold' }), 6),
    seldom(
      fc.constantFrom(...SPELLINGS).map((starttls): Step => ({ kind: 'spelling', starttls })),
      4,
    ),
    seldom(
      fc
        .tuple(fc.constantFrom(...BEFORE_NAMES), length)
        .map(([name, length]): Step => ({ kind: 'ready', name, ...length })),
      15,
    ),
  )
  .map(parts => parts.flat());

const AFTER_VERBS: readonly Verb[] = [
  'ehlo',
  'ehlo',
  'auth',
  'credentials',
  'mail',
  'mail',
  'rcpt',
  'data',
  'message',
  'quit',
];
const again: Step = { kind: 'keyword', keyword: 'STARTTLS' };
/** What was kept from before may answer the greeting, or what comes behind it. */
const fence: fc.Arbitrary<Step> = fc
  .constantFrom<Verb>('ehlo', 'ehlo', 'auth', 'credentials', 'mail', 'rcpt', 'message')
  .map(on => ({ kind: 'hold', on, ms: HOLD }));

/** What is said in TLS: a list, and now and then answers that only a client in step understands. */
const after: fc.Arbitrary<readonly Step[]> = fc
  .tuple(
    list(AFTER_NAMES, 6),
    seldom(answer(AFTER_VERBS), 35),
    seldom(fence, 20),
    seldom(fc.constant(again), 12),
    seldom(surprise(AFTER_NAMES, AFTER_VERBS), 5),
    seldom(
      fc.record({
        kind: fc.constant('close' as const),
        on: fc.constantFrom<Verb>('ehlo', ...AFTER_VERBS),
        how: fc.constantFrom('fin' as const, 'rst' as const),
      }),
      5,
    ),
  )
  .map(parts => parts.flat());

/** What STARTTLS is answered instead of 220: some clients know a few codes, and take the others for leave to go on. */
const refusedBy: fc.Arbitrary<number> = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(454, 501, 503, 504, 250, 354, 421, 500, 502, 530, 554) },
  { weight: 1, arbitrary: fc.constantFrom(...REFUSALS) },
  { weight: 1, arbitrary: fc.noBias(fc.integer({ min: 200, max: 599 })).filter(code => code !== CLEAN.code) },
);

function upgrade(version: '1.2' | '1.3', silence: boolean): fc.Arbitrary<Upgrade> {
  const sound: Handshake = { kind: 'sound', version, certificate: 'right' };
  const clean: Upgrade = { ...CLEAN, handshake: sound };
  // Silence takes as long as the client's own time limit: it is rare, where it is put to the test at all.
  const failures = FAILURES.flatMap(how => (how === 'silence' ? (silence ? [how] : []) : [how, how, how]));
  const lapses = LAPSES.filter(how => silence || how !== 'silence');
  const dirt = glue(BEFORE_NAMES);
  const dirty = fc.oneof(
    { weight: 30, arbitrary: dirt.map(glued => ({ ...clean, glued })) },
    { weight: 2, arbitrary: dirt.map(segment => ({ ...clean, segment })) },
    { weight: 3, arbitrary: dirt.map(segment => ({ ...clean, segment, later: true as const })) },
    {
      weight: 7,
      arbitrary: refusedBy.map(code => ({ ...clean, code })),
    },
    {
      weight: 3,
      arbitrary: fc.constantFrom(...lapses).map(unanswered => ({ ...clean, unanswered })),
    },
    {
      weight: 7,
      arbitrary: fc
        .constantFrom(...CERTIFICATES.filter(kind => kind !== 'right'))
        .map(certificate => ({ ...clean, handshake: { ...sound, certificate } })),
    },
    {
      weight: 7,
      arbitrary: fc
        .constantFrom(...failures)
        .map(how => ({ ...clean, handshake: { kind: 'failed' as const, how } })),
    },
  );
  return fc.oneof(
    { weight: 40, arbitrary: fc.constant(clean) },
    { weight: 5, arbitrary: fc.constantFrom(2, 3).map(lines => ({ ...clean, lines })) },
    { weight: 53, arbitrary: dirty },
    // Who reads several lines in another place than one may be careful in that one alone.
    {
      weight: 10,
      arbitrary: fc
        .record({ dirty, lines: fc.constantFrom(2, 3) })
        .map(({ dirty, lines }) => ({ ...dirty, lines })),
    },
  );
}

/** One client in so many is told an address. */
const ADDRESSED = 16;

const errand: fc.Arbitrary<Errand> = fc
  .record({
    login: fc.boolean(),
    address: fc.noBias(fc.nat(ADDRESSED - 1)).map(one => one === 0),
    letter: fc.constantFrom(undefined, undefined, undefined, 'eight-bit' as const, 'utf8-sender' as const),
  })
  .map(({ login, address, letter }) => ({
    ...(login ? { login } : {}),
    ...(address ? { address } : {}),
    ...(letter === undefined ? {} : { letter }),
  }));

/** What a used run shares with its fresh run. */
interface End {
  readonly errand: Errand;
  readonly after: readonly Step[];
  readonly version: '1.2' | '1.3';
}

const end: fc.Arbitrary<End> = fc.record({
  errand,
  after,
  version: fc.constantFrom('1.3' as const, '1.3' as const, '1.2' as const),
});

/** One script in so many has a list before TLS that is near the one in it. */
const NEAR = 4;

/** One script in so many spares the first connection: most clients make no other. */
const LATER = 32;

/** Failures that keep nobody waiting. */
const SOON = FAILURES.filter(how => how !== 'silence');

/**
 * Played on the second connection; where nothing else is amiss there, with a certificate that proves nothing, which some only
 * take when they could not come to TLS before.
 */
function onLaterConnection(script: Script, which: number): Script {
  const { handshake } = script.upgrade;
  if (handshake.kind === 'failed' || handshake.certificate !== 'right' || !isClean(script.upgrade))
    return { ...script, spared: 1 };
  const certificate = STRANGE[(which >>> 8) % STRANGE.length] as CertificateKind;
  const strange = { ...script, upgrade: { ...script.upgrade, handshake: { ...handshake, certificate } } };
  const firstFails = SOON[(which >>> 16) % (2 * SOON.length)];
  return { ...strange, spared: 1, ...(firstFails === undefined ? {} : { firstFails }) };
}

/** Ends in the pool; beyond that the oldest go, which were asked often enough. */
const MAX_POOL = 4_096;

export function newScriptGenerator({ seed, silence }: ScriptOptions): ScriptGenerator {
  const pool: End[] = [];
  let slice = 0;
  const draw = <T>(arbitrary: fc.Arbitrary<T>, numRuns: number, salt: number): T[] =>
    fc.sample(arbitrary, { seed: seed ^ Math.imul(2 * slice + salt + 1, 0x9e37_79b1), numRuns });
  const opening = fc.record({
    before,
    old: upgrade('1.2', silence),
    young: upgrade('1.3', silence),
    which: fc.noBias(fc.nat(0x7fff_ffff)),
    other: offer(BEFORE_NAMES),
    isNear: fc.noBias(fc.nat(NEAR - 1)).map(one => one === 0),
    isLater: fc.noBias(fc.nat(LATER - 1)).map(one => one === 0),
  });
  return {
    next(count) {
      pool.push(...draw(end, Math.ceil(count / SCRIPTS_PER_END), 0));
      if (pool.length > MAX_POOL) pool.splice(0, MAX_POOL / 4);
      const scripts = draw(opening, count, 1).map(
        ({ before, old, young, which, other, isNear, isLater }): Script => {
          const { errand, after, version } = pool[which % pool.length] as End;
          const upgrade = version === '1.2' ? old : young;
          const script = { errand, before: isNear ? near(after, other) : before, upgrade, after };
          return isLater ? onLaterConnection(script, which) : script;
        },
      );
      slice++;
      return scripts;
    },
  };
}
