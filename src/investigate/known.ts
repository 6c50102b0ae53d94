/**
 * Whether a deviation comes to a defect that has been found already.
 *
 * Five ways to tell, cheapest first: it holds a known minimal scenario with the same effect; an answer quotes something else
 * where it quoted what made up a known one; the fields known to be kept predict it; what leads to a known defect leads to it
 * as well; it goes away when what carries a known defect is taken out of the scenario.
 */

import { rateOf } from '../certainty.ts';
import type { Deviation } from '../claim.ts';
import type { Examination, Experiment } from '../experiment.ts';
import { omit } from '../reduce.ts';
import { type Glue, isClean, type Scenario, type Step, type Upgrade } from '../scenario.ts';
import type { Field } from '../smtp/session.ts';
import { type Speech, glue as spelled } from '../spell.ts';
import { shownAlone, shows } from './confirm.ts';
import { isInSameGap, isRefusedAlike } from './effect.ts';
import type { Explainer } from './explain.ts';
import type { Finding } from './finding.ts';
import { carrierShape, keeps, upgradeShape } from './fingerprint.ts';
import { leads } from './leads.ts';
import { isRepliedLate } from './unmodelled.ts';

/** The fields that findings so far have shown to be kept. */
export const knownFields = (findings: readonly Finding[]): readonly Field[] => [
  ...new Set(findings.flatMap(({ kept }) => kept)),
];

/** Where several fields are kept together, it is told of those that no finding has shown yet; of the last one if all are known. */
export function narrowed(finding: Finding, findings: readonly Finding[]): Finding {
  const { kept, fingerprint } = finding;
  if (kept.length < 2 || findings.some(known => known.fingerprint === fingerprint)) return finding;
  const known = knownFields(findings);
  const news = kept.filter(field => !known.includes(field));
  const part = news.length > 0 ? news : kept.slice(-1);
  return { ...finding, kept: part, fingerprint: keeps(part) };
}

/** The fingerprint of the finding that a deviation comes to, by what is known without asking the target. */
export async function knownBy(
  findings: readonly Finding[],
  explainer: Explainer,
  scenario: Scenario,
  deviation: Deviation,
): Promise<string | undefined> {
  const same = findings.find(
    finding =>
      (finding.deviation.signature === deviation.signature && isWithin(finding.scenario, scenario)) ||
      saysAnother(finding, deviation),
  );
  if (same !== undefined) return same.fingerprint;
  const fields = knownFields(findings);
  if (fields.length === 0) return undefined;
  if (!(await explainer.isPredicted(scenario, deviation, fields))) return undefined;
  const explaining = await explainer.explain(scenario, deviation, fields);
  return explaining?.every(field => fields.includes(field)) === true
    ? findings.find(({ kept }) => kept.includes(explaining[0] as Field))?.fingerprint
    : undefined;
}

/**
 * Whether it is what a finding that no field explains showed in the same words but one: what is quoted there may be anything. A
 * value that came back makes a difference to a fresh connection as well, which the finding is not told by.
 */
const saysAnother = ({ kept, deviation, example }: Finding, shown: Deviation): boolean =>
  kept.length === 0 &&
  [
    deviation,
    ...example.deviations.filter(one => deviation.claim === 'markers' && one.step === deviation.step),
  ].some(one => isInSameGap(one, shown));

/** The fields that explain it, or the form of what is odd about the upgrade, else its signature. */
export async function semblanceOf(
  explainer: Explainer,
  scenario: Scenario,
  deviation: Deviation,
): Promise<string> {
  if (!isClean(scenario.upgrade)) return carrierShape(scenario.upgrade);
  return (await explainer.explain(scenario, deviation))?.join('+') ?? deviation.signature;
}

/**
 * The signatures in an examination that come to a finding, by asking the target: what leads to the known defect leads to
 * them as well, in place of what led to them here; or they need what carries a known defect of parsing, and are gone
 * without it.
 */
export async function comeTo(
  experiment: Experiment,
  explainer: Explainer,
  finding: Finding,
  examination: Examination,
): Promise<ReadonlySet<string>> {
  // Whatever is owed, it is the same defect.
  if (isRepliedLate(examination) && isRepliedLate(finding.example))
    return new Set(examination.deviations.map(({ signature }) => signature));
  const told = await ledTo(experiment, finding, examination);
  const { scenario, minimal, kept } = finding;
  const mayBeApart = kept.length === 0 ? isClean(scenario.upgrade) : minimal && scenario.before.length > 1;
  if (!mayBeApart) return told;
  const others = examination.deviations.filter(
    ({ signature }) => told.has(signature) && signature !== finding.deviation.signature,
  );
  // What follows from the same need not be the same: what a kept field explains does not come to what another does. It has
  // to be one that the finding's own steps set.
  const led: Scenario = { ...examination.scenario, before: scenario.before };
  const explained = await Promise.all(
    others.map(deviation => explainer.explain(led, deviation, [], examination.evidence.differences)),
  );
  const foreign = others.filter(
    (deviation, index) =>
      explained[index]?.every(field => !kept.includes(field)) &&
      // What both runs are refused, in other words, any field might explain.
      (kept.length > 0 || !isRefusedTwice(deviation)),
  );
  const apart =
    kept.length === 0 ? foreign : await ledToByLess(experiment, finding, examination.scenario, foreign);
  return new Set([...told].filter(signature => !apart.some(one => one.signature === signature)));
}

const isRefusedTwice = ({ difference }: Deviation): boolean =>
  difference !== undefined &&
  (difference.aspect === 'code'
    ? difference.used >= '400' && difference.fresh >= '400'
    : isRefusedAlike(difference));

/** Deviations that still show when a step of the minimal finding is left out: they have another cause. */
async function ledToByLess(
  experiment: Experiment,
  { scenario: { before, upgrade } }: Finding,
  { after }: Scenario,
  deviations: readonly Deviation[],
): Promise<readonly Deviation[]> {
  if (deviations.length === 0) return [];
  const less = before.map(
    (_, missing): Scenario => ({ before: before.toSpliced(missing, 1), upgrade, after }),
  );
  const seen = await Promise.all(less.map(scenario => experiment.suspect(scenario)));
  return deviations.filter(({ signature }) => seen.some(one => shows(one, signature) !== undefined));
}

/** Looks behind what leads to a race: so many that it would show this often, and no more than that. */
const SURE_LOOKS = 2;
const MOST_LOOKS = 8;

/**
 * How often to look behind what leads to a finding. What races the handshake, or what a server does by and by, shows now and
 * then, and one look would take what follows from it for another defect; what is glued to STARTTLS is told by taking it out.
 */
export function looksBehind({
  confirmed,
  scenario: { upgrade },
}: Pick<Finding, 'confirmed' | 'scenario'>): number {
  const { hits, of } = rateOf(confirmed) ?? { hits: 1, of: 1 };
  const isSeldom = hits > 0 && hits < of && isClean(upgrade);
  return isSeldom ? Math.min(MOST_LOOKS, Math.ceil((SURE_LOOKS * of) / hits)) : 1;
}

async function ledTo(
  experiment: Experiment,
  finding: Finding,
  { scenario, deviations, fresh }: Examination,
): Promise<ReadonlySet<string>> {
  const { upgrade, after } = finding.scenario;
  const found = finding.deviation;
  const waiting = waitingAs(after, scenario.after, Math.min(...deviations.map(({ step }) => step)));
  const ablated = withoutCarrier(scenario, upgrade, experiment.newSpeech());
  const tried = leads(finding, scenario).flatMap(lead =>
    Array.from({ length: looksBehind(finding) }, () => lead),
  );
  const [without, ...substituted] = await Promise.all([
    ablated === undefined ? undefined : experiment.suspect(ablated),
    ...tried.map(lead => experiment.suspect({ before: lead, upgrade, after: waiting })),
  ]);
  const alone = shownAlone(experiment, fresh);
  const signatures = deviations
    .map(({ signature }) => signature)
    .filter(signature => signature === found.signature || !alone.has(signature));
  return new Set(
    signatures.filter(
      signature =>
        substituted.some(one => shows(one, signature) !== undefined) ||
        (without !== undefined && shows(without, signature) === undefined),
    ),
  );
}

/**
 * Steps in TLS with the wait that a finding has: what a server does by and by it has not done yet where nobody waits. Where the
 * finding has said something before it waits, the wait is due just before the steps show something.
 */
function waitingAs(found: readonly Step[], after: readonly Step[], shown: number): readonly Step[] {
  const wait = found.find(({ kind }) => kind === 'pause');
  if (wait === undefined) return after;
  return after.toSpliced(found[0] === wait ? 0 : Math.max(0, shown), 0, wait);
}

/** The earlier finding that a new one turns out to be, once it is small. */
export async function foundBefore(
  experiment: Experiment,
  explainer: Explainer,
  findings: readonly Finding[],
  { scenario, example, deviation }: Finding,
): Promise<string | undefined> {
  const quoting = findings.find(finding => saysAnother(finding, deviation));
  if (quoting !== undefined) return quoting.fingerprint;
  // What needs less than the other does is none of its consequences.
  for (const other of findings.filter(known => !needsLess(scenario, known.scenario))) {
    const signatures = await comeTo(experiment, explainer, other, example);
    if (signatures.has(deviation.signature)) return other.fingerprint;
  }
  return undefined;
}

/** The scenario without the plaintext that made up the other; undefined if it has none of that kind. */
function withoutCarrier(scenario: Scenario, known: Upgrade, speech: Speech): Scenario | undefined {
  for (const where of ['glued', 'segment'] as const) {
    const carrier = known[where];
    const glue = scenario.upgrade[where];
    if (carrier === undefined || glue === undefined || !isCarried(carrier, glue, speech)) continue;
    const { [where]: _, ...upgrade } = scenario.upgrade;
    const left = remaining(glue, carrier);
    return { ...scenario, upgrade: left === undefined ? upgrade : { ...upgrade, [where]: left } };
  }
  return undefined;
}

/**
 * Whether glue has all that makes up the carrier: a fragment, or lines ended in the same way and as many of them. Where
 * whole lines are carried over, whatever else waits is as well, from as many bytes on; where one line is, any part of one.
 */
function isCarried(carrier: Glue, glue: Glue, speech: Speech): boolean {
  if (carrier.fragment !== undefined && glue.fragment === undefined) return false;
  if (carrier.lines.length === 0) return true;
  if (carrier.ending !== 'CRLF' && (glue.lines.length === 0 || glue.ending !== carrier.ending)) return false;
  const count = carrier.times * carrier.lines.length;
  return (
    (count === 1 && glue.fragment !== undefined) ||
    glue.times * glue.lines.length >= count ||
    spelled(glue, speech).length >= spelled(carrier, speech).length
  );
}

/** What is left of the glue without what the carrier carries over: its fragment alone, or all of it. */
function remaining(glue: Glue, carrier: Glue): Glue | undefined {
  return carrier.lines.length > 0 || glue.lines.length === 0 ? undefined : omit(glue, 'fragment');
}

const kinds = (steps: readonly Step[]): readonly string[] => steps.map(({ kind }) => kind);

/** Whether some of what was said before TLS in the other scenario is all that was said in this one. */
const needsLess = ({ before }: Scenario, other: Scenario): boolean =>
  before.length < other.before.length && isSubsequence(kinds(before), kinds(other.before));

/** Whether a scenario holds all steps of a minimal one, in their order, behind the same form of upgrade. */
function isWithin(minimal: Scenario, scenario: Scenario): boolean {
  return (
    isSubsequence(kinds(minimal.before), kinds(scenario.before)) &&
    isSubsequence(kinds(minimal.after), kinds(scenario.after)) &&
    upgradeShape(minimal.upgrade) === upgradeShape(scenario.upgrade)
  );
}

function isSubsequence(short: readonly string[], long: readonly string[]): boolean {
  let at = 0;
  for (const item of long) if (item === short[at]) at++;
  return at === short.length;
}
