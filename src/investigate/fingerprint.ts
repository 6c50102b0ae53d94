/**
 * Names a defect, the same from run to run and version to version.
 *
 * Where retained fields explain the run, the fingerprint names them. Otherwise it is the shape of the minimal
 * scenario. No random tokens, no texts of the target. Pure.
 */

import type { Deviation } from '../claim.ts';
import {
  BARE,
  type Glue,
  isBurst,
  isClean,
  mayRace,
  type Scenario,
  type Step,
  type Upgrade,
} from '../scenario.ts';
import { FIELDS } from '../smtp/fates.ts';
import type { Field } from '../smtp/session.ts';
import { lateCode } from './effect.ts';

const BARE_SHAPE = 'starttls';

/** `fields`: those that explain the run, if any do. */
export function fingerprint(
  scenario: Scenario,
  deviation: Deviation,
  fields: readonly Field[] | undefined,
  minimal: boolean,
): string {
  if (fields !== undefined) return keeps(fields);
  // Which command it comes behind is chance, and so is what else was said before.
  if (lateCode(deviation) !== undefined && mayRace(scenario.upgrade)) return lateReply(scenario, deviation);
  // What else is odd about the upgrade may have no part in it, as long as it is not left out.
  if (isCarried(scenario, deviation) && !minimal)
    return `${deviation.claim}: ${carrierShape(scenario.upgrade)}`;
  const isShaped = minimal || deviation.difference?.aspect === 'handler';
  return `${deviation.claim}: ${isShaped ? shape(scenario, deviation) : effect(scenario, deviation)}`;
}

/** The fingerprint of a reply to the plaintext that comes in TLS; which it is, is told where it can be no other. */
export const lateReply = ({ upgrade }: Scenario, deviation: Deviation): string =>
  `${deviation.claim}: ${carrierShape(upgrade)} > late ${lateCode(deviation) ?? 'reply'}`;

/**
 * Whether plaintext that travelled with STARTTLS carries the effect. What it said, and what showed that it was read, then
 * says nothing of the defect.
 */
const isCarried = ({ upgrade }: Scenario, { claim }: Deviation): boolean =>
  !isClean(upgrade) && claim === 'no-plaintext-carryover';

/** Fields in one order, whichever was found first. */
export const inOrder = (fields: readonly Field[]): readonly Field[] =>
  FIELDS.filter(field => fields.includes(field));

/** The fingerprint of a defect that keeps these fields. */
export const keeps = (fields: readonly Field[]): string => `keeps ${inOrder(fields).join('+')}`;

/** The scenario with all but its kinds left out. */
function shape(scenario: Scenario, deviation: Deviation): string {
  const { before, upgrade, after } = scenario;
  const { difference, step, signature } = deviation;
  if (difference?.aspect === 'handler') return `${upgradeShape(upgrade)} > ${pathOf(difference.place)}`;
  if (isCarried(scenario, deviation)) return upgradeShape(upgrade);
  const shown = after[step]?.kind ?? (step < 0 ? BARE_SHAPE : 'fence');
  return [minimalKinds(before), upgradeShape(upgrade), shown, signature.replace(/:? .*/s, '')]
    .filter(part => part !== '')
    .join(' > ');
}

/** Steps on either side of STARTTLS that an outline names. */
const NAMED = 4;

/** What is said in a scenario, by its kinds; of many steps those next to STARTTLS. */
export function outline({ before, upgrade, after }: Scenario): string {
  const bursts = [upgrade.glued, upgrade.segment].filter(glue => glue !== undefined).filter(isBurst);
  const form = [upgradeShape(upgrade), ...bursts.map(({ lines, times }) => `${lines.length * times} lines`)];
  const tls = form[0] === BARE_SHAPE ? BARE_SHAPE : `${BARE_SHAPE} (${form.join(', ')})`;
  const [last, first] = [before.slice(-NAMED), after.slice(0, NAMED)];
  return [
    `${last.length < before.length ? '... ' : ''}${kinds(last)}`,
    tls,
    `${kinds(first)}${first.length < after.length ? ' ...' : ''}`,
  ]
    .filter(part => part !== '')
    .join(' > ');
}

/** Where in the state that a hook is given, whichever call of it. */
const pathOf = (place: string): string =>
  place.replace(/^\d+\.?/, '').replace(/\.\d+(?=\.|$)/g, '[]') || 'called';

/** All that can be said for sure of a scenario that is not minimal: the form of its upgrade, and what it showed. */
const effect = ({ upgrade }: Scenario, { signature }: Deviation): string =>
  `${upgradeShape(upgrade)} > ${signature}`;

const kinds = (steps: readonly Step[]): string =>
  steps.map(step => (step.kind === 'auth' ? `auth ${step.answer}` : step.kind)).join(' ');

/** The kinds with what else is said: where that is no part of the defect, no minimal scenario has it. */
const minimalKinds = (steps: readonly Step[]): string =>
  steps
    .map(step => {
      const words = wordsOf(step);
      return kinds([step]) + (words.length === 0 ? '' : `(${words.join(', ')})`);
    })
    .join(' ');

/** What a step says beyond the plainest of its kind; which odd spelling it has is not told. */
function wordsOf(step: Step): readonly string[] {
  const told = (OPTIONAL[step.kind] ?? ADORNMENTS).filter(word => word in step);
  switch (step.kind) {
    case 'mail':
      return step.from === null ? ['null', ...told] : told;
    case 'data':
      return step.body === 'plain' ? told : [step.body, ...told];
    case 'bdat':
      return [
        ...(step.body === 'plain' ? [] : [step.body]),
        ...(step.last === true ? ['last'] : []),
        ...told,
      ];
    case 'xclient':
    case 'xforward':
      return [step.attribute.toLowerCase(), ...told];
    default:
      return told;
  }
}

const ADORNMENTS: readonly string[] = ['long', 'literal', 'quoted', 'spelling', 'piped'];
const OPTIONAL: Partial<Record<Step['kind'], readonly string[]>> = {
  mail: [
    'local',
    'size',
    'body',
    'smtputf8',
    'ret',
    'envid',
    'auth',
    'requiretls',
    'by',
    'holdFor',
    'priority',
    'international',
    ...ADORNMENTS,
  ],
  rcpt: ['foreign', 'postmaster', 'international', 'notify', 'orcpt', ...ADORNMENTS],
  auth: ['named', ...ADORNMENTS],
};

/** The form of the plaintext that travelled with STARTTLS, if any did; else of the upgrade as a whole. */
export function carrierShape(upgrade: Upgrade): string {
  const { glued, segment } = upgrade;
  if (glued === undefined && segment === undefined) return upgradeShape(upgrade);
  return upgradeShape({
    ...(glued === undefined ? {} : { glued }),
    ...(segment === undefined ? {} : { segment }),
    handshake: BARE.handshake,
  });
}

/** How plaintext travelled with STARTTLS; what it said is no part of the defect. */
export function upgradeShape(upgrade: Upgrade): string {
  const { handshake } = upgrade;
  const glue = [
    ...(upgrade.glued === undefined ? [] : [`glued ${glueShape(upgrade.glued)}`]),
    ...(upgrade.segment === undefined ? [] : [`segment ${glueShape(upgrade.segment)}`]),
    ...(upgrade.eager === undefined ? [] : ['eager ClientHello']),
    ...(upgrade.piped === undefined ? [] : ['pipelined']),
    ...(upgrade.split === undefined ? [] : ['split']),
    ...(upgrade.argument === undefined ? [] : ['parameter']),
    // What is made of one odd spelling is made of others.
    ...(upgrade.spelling === undefined ? [] : ['spelling']),
  ];
  const tls =
    handshake.kind === 'failed'
      ? [`handshake ${handshake.how}`]
      : handshake.resumed === undefined
        ? []
        : ['resumed'];
  return [...glue, ...tls].join(', ') || BARE_SHAPE;
}

function glueShape(glue: Glue): string {
  const { lines, ending, fragment } = glue;
  const parts = [
    ...(lines.length === 0 ? [] : [isBurst(glue) ? 'burst' : ending === 'LF' ? 'bare-LF lines' : 'lines']),
    ...(fragment === undefined ? [] : ['fragment']),
  ];
  return parts.join(' and ');
}
