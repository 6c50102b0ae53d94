/**
 * Names a defect, the same from run to run and version to version.
 *
 * Where a retained field explains the run, the fingerprint names it: the smallest set of fates which, flipped in the
 * reference machine, predicts what the used run showed. Otherwise it is the shape of the minimal scenario. No random
 * tokens, no texts of the target.
 */

import type { Claim, Deviation } from './claim.ts';
import { Experiment } from './experiment.ts';
import { RUN_LIMITS } from './run.ts';
import { isClean, type Scenario, type Step, type Upgrade } from './scenario.ts';
import { fieldsWithFate } from './smtp/fates.ts';
import type { Field } from './smtp/session.ts';
import { SOUND } from './targets/reference/behaviour.ts';
import { referenceInMemory } from './targets/reference/target.ts';

export async function fingerprint(
  scenario: Scenario,
  deviation: Deviation,
  claims: readonly Claim[],
  minimal: boolean,
): Promise<string> {
  const fields = isClean(scenario.upgrade) ? await retainedFields(scenario, deviation, claims) : undefined;
  if (fields !== undefined) return KEEPS + fields.join('+');
  return `${deviation.claim}: ${minimal ? shape(scenario, deviation) : effect(scenario, deviation)}`;
}

/** Fields that a server may be found to keep; `pending` is told by the shape of the upgrade. */
const CANDIDATES: readonly Field[] = fieldsWithFate('forget').filter(field => field !== 'pending');

/** The smallest set of fields that, kept, makes the reference server show the same deviation. */
async function retainedFields(
  scenario: Scenario,
  deviation: Deviation,
  claims: readonly Claim[],
): Promise<readonly Field[] | undefined> {
  const pairsOfFields = CANDIDATES.flatMap((one, index) =>
    CANDIDATES.slice(index + 1).map(other => [one, other]),
  );
  for (const fields of [...CANDIDATES.map(field => [field]), ...pairsOfFields]) {
    if (await predicts(fields, scenario, deviation, claims)) return fields;
  }
  return undefined;
}

/** The fields that a fingerprint names. */
export function keptFields(name: string): readonly Field[] {
  return name.startsWith(KEEPS) ? (name.slice(KEEPS.length).split('+') as Field[]) : [];
}

const KEEPS = 'keeps ';

/** Whether the reference server, made to keep these fields, shows the same deviation in this scenario. */
export async function predicts(
  fields: readonly Field[],
  scenario: Scenario,
  deviation: Deviation,
  claims: readonly Claim[],
): Promise<boolean> {
  const flipped = new Set(fields);
  const target = referenceInMemory({ proxy: true, behaviour: { ...SOUND, flipped: () => flipped } });
  const experiment = new Experiment({
    stage: {
      driver: target.driver,
      limits: { ...RUN_LIMITS, delivery: 0 },
      protocol: 'smtp',
      neutral: [],
      ...(target.mailbox ? { mailbox: target.mailbox } : {}),
    },
    baseline: 'starttls-first',
    speech: { user: 'tester', password: 'secret', recipient: '*@lab.example' },
    claims,
    facts: { refusesMailUngreeted: false, offered: [] },
    jobs: 1,
  });
  const { deviations } = await experiment.examineAnew(scenario);
  return deviations.some(predicted => alike(predicted, deviation));
}

/** The same effect, though another server words it otherwise. */
function alike(predicted: Deviation, seen: Deviation): boolean {
  if (predicted.step !== seen.step) return false;
  // What a server keeps shows as one answer instead of another, or in a text, a header or a hook.
  return answerClass(predicted) === answerClass(seen);
}

function answerClass({ used, fresh, claim }: Deviation): string {
  const one = /^[2-5][0-9]{2}\b/.exec(used)?.[0];
  const other = /^[2-5][0-9]{2}\b/.exec(fresh)?.[0];
  return one !== undefined && other !== undefined ? `${acceptance(one)}/${acceptance(other)}` : claim;
}

const acceptance = (code: string): string => (code < '400' ? 'accepted' : 'refused');

/** The scenario with all but its kinds left out. */
function shape({ before, upgrade, after }: Scenario, { step, signature }: Deviation): string {
  const shown = after[step]?.kind ?? (step < 0 ? 'starttls' : 'fence');
  return [kinds(before), upgradeShape(upgrade), shown, signature.replace(/ .*/s, '')]
    .filter(part => part !== '')
    .join(' > ');
}

/** All that can be said for sure of a scenario that is not minimal: the form of its upgrade, and what it showed. */
const effect = ({ upgrade }: Scenario, { signature }: Deviation): string =>
  `${upgradeShape(upgrade)} > ${signature}`;

const kinds = (steps: readonly Step[]): string =>
  steps.map(step => (step.kind === 'auth' ? `auth ${step.answer}` : step.kind)).join(' ');

/** How plaintext travelled with STARTTLS; what it said is no part of the defect. */
export function upgradeShape(upgrade: Upgrade): string {
  const { handshake } = upgrade;
  const glue = [
    ...(upgrade.glued === undefined ? [] : [`glued ${glueShape(upgrade.glued)}`]),
    ...(upgrade.segment === undefined ? [] : [`segment ${glueShape(upgrade.segment)}`]),
    ...(upgrade.eager === undefined ? [] : ['eager ClientHello']),
    ...(upgrade.argument === undefined ? [] : ['parameter']),
    ...(upgrade.spelling === undefined ? [] : [upgrade.spelling]),
  ];
  const tls =
    handshake.kind === 'failed'
      ? [`handshake ${handshake.how}`]
      : handshake.resumed === undefined
        ? []
        : ['resumed'];
  return [...glue, ...tls].join(', ') || 'starttls';
}

const BURST = 20;

function glueShape({ lines, times, ending, fragment }: NonNullable<Upgrade['glued']>): string {
  const parts = [
    ...(lines.length === 0 ? [] : [times > BURST ? 'burst' : ending === 'LF' ? 'bare-LF lines' : 'lines']),
    ...(fragment === undefined ? [] : ['fragment']),
  ];
  return parts.join(' and ');
}
