/**
 * From deviations to findings: each suspicion is looked at again, made small, confirmed and named, once.
 *
 * It knows what has been found, so that the same defect is not investigated twice: a deviation that the fields
 * already known to be kept predict, or that holds a known minimal scenario with the same effect, is one more
 * sighting. Nothing is dropped without a note.
 */

import type { Claim, Deviation } from './claim.ts';
import { type Confirmation, confirm, shows } from './confirm.ts';
import type { Examination, Experiment } from './experiment.ts';
import { fingerprint, keptFields, predicts, upgradeShape } from './fingerprint.ts';
import { explainByLimit, type LimitExplanation } from './limits/transplant.ts';
import { minimise } from './minimise.ts';
import type { Policy } from './policy.ts';
import type { Note } from './report/report.ts';
import { isClean, type Scenario } from './scenario.ts';
import type { Field } from './smtp/session.ts';

export interface Finding {
  readonly scenario: Scenario;
  readonly deviation: Deviation;
  readonly fingerprint: string;
  readonly confirmed: string;
  readonly minimal: boolean;
  readonly example: Examination;
}

export interface InvestigatorOptions {
  readonly experiment: Experiment;
  readonly claims: readonly Claim[];
  readonly policy: Policy;
  readonly jobs: number;
  /** Whether the time for minimising is used up. */
  readonly expired: () => boolean;
  readonly onFinding: (finding: Finding) => void;
}

export interface Investigator {
  /** Takes up what an examination showed; resolves when that is settled. */
  consider(examination: Examination): Promise<void>;
  readonly findings: readonly Finding[];
  /** How often each finding’s defect was seen. */
  sightings(fingerprint: string): number;
  readonly notes: readonly Note[];
  /** Differences explained by a limit, by its name. */
  readonly explained: ReadonlyMap<string, number>;
  /** Scenarios that ended without a verdict because the target disagreed with itself. */
  readonly unstable: number;
}

/** Investigations of one signature that may lead nowhere new before it is left alone. */
const MAX_ATTEMPTS = 3;
/** Further looks at a suspicion before it is given up: races show only now and then. */
const LOOKS = { clean: 2, dirty: 8 } as const;

export function newInvestigator(options: InvestigatorOptions): Investigator {
  const { experiment, claims } = options;
  const findings: Finding[] = [];
  const sightings = new Map<string, number>();
  const attempts = new Map<string, number>();
  const notes = new Map<string, Note>();
  const explained = new Map<string, number>();
  let unstable = 0;

  const note = (kind: Note['kind'], text: string): void => {
    notes.set(`${kind} ${text}`, { kind, text });
  };
  const saw = (name: string): void => {
    sightings.set(name, (sightings.get(name) ?? 0) + 1);
  };

  /** The known finding that a deviation comes to, if any. */
  async function known(scenario: Scenario, deviation: Deviation): Promise<string | undefined> {
    const same = findings.find(
      finding => finding.deviation.signature === deviation.signature && isWithin(finding.scenario, scenario),
    );
    if (same !== undefined) return same.fingerprint;
    const dirty = findings.find(
      finding =>
        !isClean(finding.scenario.upgrade) &&
        upgradeShape(finding.scenario.upgrade) === upgradeShape(scenario.upgrade),
    );
    if (dirty !== undefined) return dirty.fingerprint;
    const kept = findings.flatMap(finding => keptFields(finding.fingerprint));
    if (kept.length === 0) return undefined;
    return (await predicts(kept, scenario, deviation, claims)) ? `keeps ${kept[0] as Field}` : undefined;
  }

  async function investigate(scenario: Scenario, deviation: Deviation): Promise<void> {
    const rate = await lookAgain(experiment, scenario, deviation);
    if (rate === 0) {
      note('unconfirmed', `seen once and not again: ${deviation.summary}`);
      return;
    }
    const limit = await explainByLimit(experiment, scenario, deviation);
    if (limit !== undefined && options.policy[limit.limit] !== 'never') {
      allow(limit);
      return;
    }
    const tries = triesFor(rate);
    const interesting = (candidate: Scenario): Promise<boolean> =>
      isShown(experiment, candidate, deviation.signature, tries);
    const small = await minimise(scenario, interesting, { jobs: options.jobs, expired: options.expired });
    await settle(small.scenario, small.minimal, scenario, deviation);
  }

  function allow({ limit, text }: LimitExplanation): void {
    explained.set(limit, (explained.get(limit) ?? 0) + 1);
    note('allowed', text);
  }

  /** Confirms the minimal scenario, or the original one where that fails, and records the finding. */
  async function settle(
    small: Scenario,
    minimal: boolean,
    original: Scenario,
    deviation: Deviation,
  ): Promise<void> {
    let result: Confirmation = { kind: 'unconfirmed', reason: '' };
    for (const [scenario, isMinimal] of [
      [small, minimal],
      [original, false],
    ] as const) {
      result = await confirm(experiment, scenario, deviation);
      if (result.kind === 'unconfirmed') continue;
      if (result.kind === 'confirmed') await record(scenario, isMinimal, result, deviation);
      break;
    }
    if (result.kind === 'confirmed') return;
    if (result.kind === 'unstable') unstable++;
    note(result.kind, `${deviation.summary}: ${result.reason}`);
  }

  async function record(
    scenario: Scenario,
    minimal: boolean,
    { hits, of, example }: Extract<Confirmation, { kind: 'confirmed' }>,
    wanted: Deviation,
  ): Promise<void> {
    const deviation = shows(example, wanted.signature) ?? wanted;
    const name = await fingerprint(scenario, deviation, claims, minimal);
    saw(name);
    if (findings.some(finding => finding.fingerprint === name)) return;
    const confirmed = deviation.proof === 'sighting' ? 'seen twice' : `${hits}/${of}`;
    const finding: Finding = { scenario, deviation, fingerprint: name, confirmed, minimal, example };
    findings.push(finding);
    options.onFinding(finding);
  }

  return {
    findings,
    explained,
    sightings: name => sightings.get(name) ?? 0,
    get notes() {
      return [...notes.values()];
    },
    get unstable() {
      return unstable;
    },
    async consider({ scenario, deviations }) {
      for (const deviation of weightiestFirst(deviations)) {
        const tried = attempts.get(deviation.signature) ?? 0;
        if (tried >= MAX_ATTEMPTS) continue;
        const name = await known(scenario, deviation);
        if (name !== undefined) {
          saw(name);
          continue;
        }
        attempts.set(deviation.signature, tried + 1);
        const before = findings.length;
        await investigate(scenario, deviation);
        // What led to a new finding may lead to another one; the count is for dead ends.
        if (findings.length > before) attempts.set(deviation.signature, tried);
        // What follows the first difference is mostly its consequence.
        return;
      }
    },
  };
}

/** The share of further looks that show the deviation. */
async function lookAgain(
  experiment: Experiment,
  scenario: Scenario,
  { signature }: Deviation,
): Promise<number> {
  const looks = isClean(scenario.upgrade) ? LOOKS.clean : LOOKS.dirty;
  const seen = await Promise.all(Array.from({ length: looks }, () => experiment.examineAnew(scenario)));
  return seen.filter(examination => shows(examination, signature) !== undefined).length / looks;
}

/** How often to try a candidate before it is taken for harmless: a race must be missed by chance in 2% only. */
const triesFor = (rate: number): number =>
  rate === 1 ? 1 : Math.min(20, Math.ceil(Math.log(0.02) / Math.log(1 - rate)));

/** Whether a candidate shows the deviation in one of some tries, made side by side. */
async function isShown(
  experiment: Experiment,
  candidate: Scenario,
  signature: string,
  tries: number,
): Promise<boolean> {
  const seen = await Promise.all(Array.from({ length: tries }, () => experiment.suspect(candidate)));
  return seen.some(examination => shows(examination, signature) !== undefined);
}

/** Whether a scenario holds all steps of a minimal one, in their order, behind the same form of upgrade. */
function isWithin(minimal: Scenario, scenario: Scenario): boolean {
  return (
    isSubsequence(
      minimal.before.map(({ kind }) => kind),
      scenario.before.map(({ kind }) => kind),
    ) &&
    isSubsequence(
      minimal.after.map(({ kind }) => kind),
      scenario.after.map(({ kind }) => kind),
    ) &&
    upgradeShape(minimal.upgrade) === upgradeShape(scenario.upgrade)
  );
}

function isSubsequence(short: readonly string[], long: readonly string[]): boolean {
  let at = 0;
  for (const item of long) if (item === short[at]) at++;
  return at === short.length;
}

/** What was granted or refused says more than the words it was done with, and is named more surely. */
function weightiestFirst(deviations: readonly Deviation[]): readonly Deviation[] {
  const isWording = ({ signature }: Deviation): boolean =>
    / (?:text|enhanced|handler|header|body) /.test(signature);
  return [...deviations.filter(deviation => !isWording(deviation)), ...deviations.filter(isWording)];
}
