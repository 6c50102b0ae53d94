/** Makes a server script as small as it goes without losing the effect: what it is made of, simplest first. */

import {
  omit,
  type Pass,
  type Reduced,
  type ReduceOptions,
  reduce,
  type StillShows,
  without,
} from '../reduce.ts';
import type { Offer } from './offer.ts';
import { CLEAN, type Glue, isClean, type Line, type Script, type Step, type Upgrade } from './script.ts';

export const minimiseScript = (
  script: Script,
  stillShows: StillShows<Script>,
  options: ReduceOptions,
): Promise<Reduced<Script>> => reduce(script, PASSES, stillShows, options);

/** Nothing but the upgrade: what hangs or gives itself away there is found at once. */
const bare: Pass<Script> = script =>
  script.before.length + script.after.length + Object.keys(script.errand).length === 0
    ? []
    : [{ ...script, errand: {}, before: [], after: [] }];

/** Steps up to which each is tried by itself; of more it is sooner found which half matters, but for these. */
const FEW = 20;

/** Offers that clients make use of: one of them is mostly all that it takes, however long the list. */
const USED_BY_MANY: ReadonlySet<string> = new Set([
  'auth',
  'size',
  'limits',
  'PIPELINING',
  '8BITMIME',
  'SMTPUTF8',
  'DSN',
  'CHUNKING',
]);

const likely: Pass<Script> = script => {
  const { before, after } = script;
  if (before.length === 1 || before.length + after.length <= FEW) return [];
  return before
    .filter(step => USED_BY_MANY.has(step.kind === 'keyword' ? step.keyword : step.kind))
    .map(step => ({ ...script, before: [step] }));
};

/** One thing alone, or one from before TLS with all that comes in it: mostly that is what it takes, and it is found at once. */
const alone: Pass<Script> = script => {
  const { errand, before, upgrade, after } = script;
  if (before.length + after.length > FEW) return [];
  const clean: Upgrade = { ...CLEAN, handshake: upgrade.handshake };
  const befores: readonly Script[] = [
    ...before.map(step => ({ errand, before: [step], upgrade: clean, after })),
    ...(isClean(upgrade) ? [] : [{ errand, before: [], upgrade, after }]),
  ];
  const only: readonly Script[] = [
    ...befores.map(one => ({ ...one, after: [] })),
    ...after.map(step => ({ errand, before: [], upgrade: clean, after: [step] })),
  ];
  return [...only.map(one => ({ ...one, errand: {} })), ...only, ...befores].filter(
    one => weight(one) < weight(script),
  );
};

/** How much there is in a script: no candidate above may come back to where it started. */
const weight = ({ errand, before, upgrade, after }: Script): number =>
  Object.keys(errand).length + before.length + (isClean(upgrade) ? 0 : 1) + after.length;

const fewerSteps: Pass<Script> = script => [
  ...without(script.after).map(after => ({ ...script, after })),
  ...without(script.before).map(before => ({ ...script, before })),
];

const smallerErrand: Pass<Script> = script =>
  (['login', 'address', 'letter'] as const)
    .filter(key => script.errand[key] !== undefined)
    .map(key => ({ ...script, errand: omit(script.errand, key) }));

const atOnce: Pass<Script> = script => {
  const { spared, firstFails: how } = script;
  const always = omit(omit(script, 'spared'), 'firstFails');
  return [
    ...(spared === undefined ? [] : [always]),
    ...(how === undefined
      ? []
      : [
          { ...always, upgrade: { ...CLEAN, handshake: { kind: 'failed', how } as const } },
          omit(script, 'firstFails'),
          ...(how.startsWith('alert-') ? [{ ...script, firstFails: 'alert' as const }] : []),
        ]),
  ];
};

const cleanerUpgrade: Pass<Script> = script => {
  const { upgrade } = script;
  const { handshake } = upgrade;
  const simpler: Upgrade[] = [CLEAN];
  for (const key of ['glued', 'segment', 'later', 'unanswered'] as const)
    if (upgrade[key] !== undefined) simpler.push(omit(upgrade, key));
  if (upgrade.unanswered !== undefined && upgrade.unanswered !== 'fin')
    simpler.push({ ...upgrade, unanswered: 'fin' });
  // What comes a moment later, and what comes at once, is mostly read as one.
  if (upgrade.segment !== undefined && upgrade.glued === undefined)
    simpler.push({ ...omit(omit(upgrade, 'segment'), 'later'), glued: upgrade.segment });
  if (upgrade.lines > 1) simpler.push({ ...upgrade, lines: 1 });
  if (upgrade.code !== CLEAN.code) simpler.push({ ...upgrade, code: CLEAN.code });
  if (handshake.kind === 'failed') {
    simpler.push({ ...upgrade, handshake: CLEAN.handshake });
    if (handshake.how.startsWith('alert-'))
      simpler.push({ ...upgrade, handshake: { kind: 'failed', how: 'alert' } });
  } else {
    if (handshake.certificate !== 'right')
      simpler.push({ ...upgrade, handshake: { ...handshake, certificate: 'right' } });
    if (handshake.version !== '1.3')
      simpler.push({ ...upgrade, handshake: { ...handshake, version: '1.3' } });
  }
  return simpler
    .filter(other => JSON.stringify(other) !== JSON.stringify(upgrade))
    .map(other => ({ ...script, upgrade: other }));
};

const lessGlue: Pass<Script> = script =>
  (['glued', 'segment'] as const).flatMap(where => {
    const glue = script.upgrade[where];
    return glue === undefined
      ? []
      : smallerGlue(glue).map(smaller => ({ ...script, upgrade: { ...script.upgrade, [where]: smaller } }));
  });

function smallerGlue({ lines, fragment }: Glue): readonly Glue[] {
  const tail = fragment === undefined ? {} : { fragment };
  return [
    ...(fragment !== undefined && lines.length > 0 ? [{ lines }, { lines: [], fragment }] : []),
    ...without(lines)
      .filter(fewer => fewer.length > 0 || fragment !== undefined)
      .map(fewer => ({ lines: fewer, ...tail })),
    ...lines.flatMap((line, at) =>
      simplerLines(line).map(simpler => ({ lines: lines.with(at, simpler), ...tail })),
    ),
    ...(fragment?.blank === true ? [{ lines, fragment: omit(fragment, 'blank') }] : []),
    ...(fragment === undefined ? [] : simplerLines(fragment).map(simpler => ({ lines, fragment: simpler }))),
  ];
}

function simplerLines<L extends Line>(line: L): readonly L[] {
  const { text } = line;
  return [
    ...(typeof text === 'string' && text !== '' ? [] : [{ ...line, text: 'a' as const }]),
    ...(line.more === true ? [omit(line, 'more') as L] : []),
    ...(line.long === true ? [omit(line, 'long') as L] : []),
    ...(line.code === 250 ? [] : [{ ...line, code: 250 }]),
    ...(typeof text === 'string'
      ? []
      : simplerSteps(text).map(simpler => ({ ...line, text: simpler as Offer }))),
  ];
}

const simplerWords: Pass<Script> = script => [
  ...script.before.flatMap((step, at) =>
    simplerSteps(step).map(simpler => ({ ...script, before: script.before.with(at, simpler) })),
  ),
  ...script.after.flatMap((step, at) =>
    simplerSteps(step).map(simpler => ({ ...script, after: script.after.with(at, simpler) })),
  ),
];

function simplerSteps(step: Step): readonly Step[] {
  switch (step.kind) {
    case 'size':
      return step.limit === null ? [] : [{ ...step, limit: null }];
    case 'auth':
      return without(step.mechanisms)
        .filter(fewer => fewer.length > 0 && fewer.length < step.mechanisms.length)
        .map(mechanisms => ({ ...step, mechanisms }));
    case 'greeting':
      return [
        ...(step.lines > 1 ? [{ ...step, lines: 1 }] : []),
        ...(step.code === 220 ? [] : [{ ...step, code: 220 }]),
        ...(step.says === undefined ? [] : [omit(step, 'says')]),
        ...(step.long === true ? [omit(step, 'long')] : []),
      ];
    case 'ready':
      return step.long === true ? [omit(step, 'long')] : [];
    case 'answer':
      return [
        ...(step.lines === 1 ? [] : [{ ...step, lines: 1 }]),
        ...(step.once === true ? [omit(step, 'once')] : []),
      ];
    case 'extra':
      return smallerGlue(step.glue).map(glue => ({ ...step, glue }));
    default:
      return [];
  }
}

/** One step of each side: what was said in TLS may only matter because of what was said before. */
const onePerSide: Pass<Script> = script =>
  script.before.flatMap((_, one) =>
    script.after.map((__, other) => ({
      ...script,
      before: script.before.filter((___, at) => at !== one),
      after: script.after.filter((___, at) => at !== other),
    })),
  );

const PASSES: readonly Pass<Script>[] = [
  atOnce,
  bare,
  likely,
  alone,
  fewerSteps,
  cleanerUpgrade,
  lessGlue,
  smallerErrand,
  onePerSide,
  simplerWords,
];
