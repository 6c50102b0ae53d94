/**
 * How far a defect goes, so that one defect has one name: a client that keeps one extension may keep the list, one that
 * takes one wrong certificate may take any, and one that goes on in plaintext may do so whatever stands in the way of
 * TLS. A few runs tell.
 */

import type { Deviation } from '../claim.ts';
import { comesAgain } from './confirm.ts';
import { type ClientExamination, type ClientExperiment, Interrupted } from './experiment.ts';
import {
  fingerprintOf,
  isEarly,
  isGivenAway,
  isKnowledge,
  isLeaving,
  isNeedless,
  isOfAKind,
  knowledge,
  later,
  SELDOM,
  TAKEN_WITH,
  WIDE,
  whereabouts,
} from './fingerprint.ts';
import { OFFERED, type Offer } from './offer.ts';
import {
  type CertificateKind,
  CLEAN,
  type Errand,
  type Glue,
  hasGlue,
  isClean,
  isOffer,
  isSilent,
  type Line,
  type Script,
  STRANGE,
} from './script.ts';

/**
 * The name of the finding; by the script alone where there was no time to see more. `minimal`: all that the script holds is
 * needed, so that its own name is to be relied on.
 */
export async function nameOf(
  experiment: ClientExperiment,
  script: Script,
  deviation: Deviation,
  minimal = true,
): Promise<string> {
  const narrow = fingerprintOf(script, deviation);
  try {
    if (deviation.claim === 'client-certificate') return await takes(experiment, script, deviation);
    if (deviation.claim === 'client-required-tls')
      return await doesWithout(experiment, script, deviation, minimal);
    if (await isWide(experiment, script, deviation)) return WIDE[deviation.claim] ?? narrow;
    return (await readsReady(experiment, script)) ? READY : narrow;
  } catch (error) {
    if (error instanceof Interrupted) return narrow;
    throw error;
  }
}

async function isWide(experiment: ClientExperiment, script: Script, deviation: Deviation): Promise<boolean> {
  if (!isKnowledge(deviation)) return false;
  return isClean(script.upgrade)
    ? keepsMore(experiment, script)
    : deviation.claim === 'client-injected' && readsOn(experiment, script, deviation);
}

/** Errands that between them make use of most extensions, some with a login that TLS has or has not. */
const LOGIN: Offer = { kind: 'auth', mechanisms: ['PLAIN', 'LOGIN'] };
const ERRANDS: readonly { readonly errand: Errand; readonly more: readonly Offer[] }[] = [
  { errand: { letter: 'eight-bit' }, more: [] },
  { errand: { letter: 'utf8-sender' }, more: [] },
  { errand: { login: true }, more: [] },
  { errand: { login: true, letter: 'eight-bit' }, more: [LOGIN] },
];

async function keepsMore(experiment: ClientExperiment, script: Script): Promise<boolean> {
  if (script.before.length === 0 || !script.before.every(isOffer)) return false;
  const kept = new Set(script.before.map(knowledge));
  const others = OFFERED.filter(offer => !kept.has(knowledge(offer)));
  const { after } = script;
  // Who goes by what both lists have shows more of it only where TLS offers it, too.
  const isInBoth = after.some(step => isOffer(step) && kept.has(knowledge(step)));
  const asked = ERRANDS.flatMap(({ errand, more }) => [
    { ...script, errand, before: others, after: [...after, ...more] },
    ...(isInBoth ? [{ ...script, errand, before: others, after: [...after, ...others] }] : []),
  ]);
  const examined = await Promise.all(asked.map(other => experiment.examineAnew(other)));
  return showsSteadily(experiment, examined, isKnowledge);
}

/** One look is good enough to go on with; what comes by chance, such as a login that is drawn, widens no name. */
async function showsSteadily(
  experiment: ClientExperiment,
  examined: readonly ClientExamination[],
  isMeant: (deviation: Deviation) => boolean,
): Promise<boolean> {
  for (const examination of examined)
    for (const deviation of examination.deviations.filter(isMeant))
      if (await comesAgain(experiment, examination, deviation)) return true;
  return false;
}

/** Taken for the answer to EHLO, whole or as its beginning, it sends a client on to HELO. */
const REFUSED = 502;

/** Whether whole lines behind the 220 are read, and the beginning of one. */
async function readsOn(experiment: ClientExperiment, script: Script, deviation: Deviation): Promise<boolean> {
  const { lines, handshake, glued, segment } = script.upgrade;
  // Where several lines alone do it, it is they or the glue that is read.
  const around = { ...CLEAN, handshake, ...(hasGlue(script.upgrade) ? { lines } : {}) };
  const own = [glued, segment].flatMap(glue =>
    glue === undefined ? [] : [...glue.lines, ...(glue.fragment === undefined ? [] : [glue.fragment])],
  );
  // Some read on only where there is much.
  const isLong = own.length > 1 || own.some(({ long }) => long);
  const like = [REFUSED, own[0]?.code ?? REFUSED].flatMap((code): readonly Glue[] => {
    const line: Line = { code, text: 'a', ...(isLong ? { long: true } : {}) };
    return [{ lines: [line] }, { lines: [], fragment: line }];
  });
  const others = like
    .map(glue => ({ ...script, upgrade: { ...around, glued: glue } }))
    .filter(other => fingerprintOf(other, deviation) !== fingerprintOf(script, deviation));
  const examined = await Promise.all(others.map(other => experiment.examineAnew(other)));
  return showsSteadily(experiment, examined, ({ claim }) => claim === 'client-injected');
}

/** Who looks at no date takes both. */
const DATES: readonly CertificateKind[] = ['expired', 'not-yet-valid'];
const ANY_DATE = 'takes a certificate of any date';

/** What the answer to STARTTLS said, in however many lines. */
const READY = 'keeps the answer to STARTTLS';

/** Whether it is the words of an answer of several lines that are kept: then they are, too, where there is one line of others. */
async function readsReady(experiment: ClientExperiment, script: Script): Promise<boolean> {
  const { upgrade } = script;
  if (isClean(upgrade) || !isClean({ ...upgrade, lines: 1 })) return false;
  const other = {
    ...script,
    before: [{ kind: 'ready', name: 'a' } as const],
    upgrade: { ...upgrade, lines: 1 },
  };
  return showsSteadily(experiment, [await experiment.examineAnew(other)], isKnowledge);
}

/** Whoever takes any is named so, and whoever takes one that another is taken with is named after that other. */
async function takes(experiment: ClientExperiment, script: Script, deviation: Deviation): Promise<string> {
  const narrow = fingerprintOf(script, deviation);
  const { handshake } = script.upgrade;
  if (handshake.kind !== 'sound') return narrow;
  const others = STRANGE.filter(kind => kind !== handshake.certificate);
  const examined = await Promise.all(
    others.map(certificate =>
      experiment.suspect({
        ...script,
        upgrade: { ...script.upgrade, handshake: { ...handshake, certificate } },
      }),
    ),
  );
  const taken = others.map((_, at) =>
    examined[at]?.deviations.find(({ claim }) => claim === deviation.claim),
  );
  if (taken.every(other => other !== undefined))
    return `${WIDE[deviation.claim]}${whereabouts(script)}${later(script)}`;
  const isTaken = (kind: CertificateKind): boolean =>
    kind === handshake.certificate || taken[others.indexOf(kind)] !== undefined;
  const isOfAnyDate = DATES.includes(handshake.certificate) && DATES.every(isTaken);
  // Who looks at no issuer has nobody's word for a date.
  const strange = isOfAnyDate ? taken[others.indexOf('wrong-issuer')] : undefined;
  if (strange !== undefined) return fingerprintOf(script, strange);
  if (isOfAnyDate) return `${ANY_DATE}${whereabouts(script)}${later(script)}`;
  const wider = TAKEN_WITH[handshake.certificate]?.find(isTaken);
  const other = wider === undefined ? undefined : taken[others.indexOf(wider)];
  return other === undefined ? narrow : fingerprintOf(script, other);
}

/**
 * What usually stands in the way of TLS, or of the message once it is on; beside it is offered what the script offers. Who
 * gives up on a server that is silent may do so only there.
 */
const obstaclesLike = (script: Script): readonly Partial<Script>[] => {
  const how = isSilent(script) ? 'silence' : 'fin';
  return [
    { before: [{ kind: 'withhold' }] },
    { upgrade: { ...CLEAN, code: 454 } },
    { upgrade: { ...CLEAN, unanswered: how } },
    { upgrade: { ...CLEAN, handshake: { kind: 'failed', how } } },
    // Here the connection lives on.
    { upgrade: { ...CLEAN, handshake: { kind: 'failed', how: 'alert' } } },
    // What comes behind the 220 may be taken for the server's part of the handshake, and the handshake to have failed.
    ...(hasGlue(script.upgrade)
      ? [{ upgrade: { ...CLEAN, handshake: { kind: 'failed', how: 'reply' } as const } }]
      : []),
    { upgrade: { ...CLEAN, handshake: { kind: 'sound', version: '1.3', certificate: 'wrong-issuer' } } },
    { after: [{ kind: 'close', on: 'ehlo', how }] },
  ];
};

/** Named after the usual obstacle that shows it, if it is one; what is out of the ordinary is a way to the same. */
async function doesWithout(
  experiment: ClientExperiment,
  script: Script,
  deviation: Deviation,
  minimal: boolean,
): Promise<string> {
  const { after } = script;
  const before = script.before.filter(isOffer);
  const plain = { ...script, before, upgrade: CLEAN, after: after.filter(isOffer) };
  const narrow = fingerprintOf(script, deviation);
  if (isEarly(narrow) || isGivenAway(deviation) || narrow === deviation.signature) return narrow;
  // Who says its password where a login is offered says it in none of them where there is none.
  const obstacles = obstaclesLike(script).map(obstacle => ({
    ...script,
    upgrade: CLEAN,
    ...obstacle,
    before: [...before, ...(obstacle.before ?? [])],
  }));
  const usual = obstacles.map(obstacle => fingerprintOf(obstacle, deviation));
  const shownBy = async (other: Script): Promise<Deviation | undefined> => {
    const { deviations } = await experiment.suspect(other);
    return deviations.find(one => isOfAKind(one, deviation));
  };
  // One after the other: what a run before this one has met may be remembered, and be forgotten with it.
  const [needless, again] = [await shownBy(plain), await shownBy(plain)];
  if ((needless ?? again) !== undefined && (needless && again) === undefined) return SELDOM;
  if (isNeedless(narrow)) return needless === undefined ? SELDOM : narrow;
  const examined = await Promise.all(obstacles.map(shownBy));
  // Who remembers trouble has had some now.
  if (needless === undefined && (await shownBy(plain)) !== undefined) return SELDOM;
  if (needless !== undefined) {
    const plainly = fingerprintOf(plain, needless);
    if (!isLeaving(plainly, needless)) return plainly;
    // Who leaves TLS for what it offers may leave it as well, or not, where the session in it fails: the last of the obstacles.
    if (isLeaving(plainly, deviation) && examined.at(-1) === undefined) return plainly;
  }
  const shown = new Set([
    ...(minimal && usual.includes(narrow) ? [narrow] : []),
    ...usual.filter((_, at) => examined[at] !== undefined),
  ]);
  const [only = narrow] = shown;
  return shown.size > 1 ? `${WIDE[deviation.claim]}${later(script)}` : only;
}
