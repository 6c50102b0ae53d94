/**
 * From deviations to findings: each suspicion is looked at again, made small, confirmed and named, once.
 *
 * Suspicions are taken up in waves, side by side, and settled in the order in which they came. It knows what has been
 * found, so that the same defect is not investigated twice (`known.ts`). Nothing is dropped without a note.
 */

import type { Deviation } from './claim.ts';
import { type Confirmation, confirm, shows } from './confirm.ts';
import type { Examination, Experiment } from './experiment.ts';
import { type Explainer, isAsGood, newExplainer } from './explain.ts';
import { fingerprint, upgradeShape } from './fingerprint.ts';
import { comeTo, knownBy, knownFields } from './known.ts';
import { explainByLimit } from './limits/transplant.ts';
import { minimise } from './minimise.ts';
import type { Policy } from './policy.ts';
import type { Note } from './report/report.ts';
import { isBare, isClean, type Scenario } from './scenario.ts';
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
  readonly policy: Policy;
  readonly jobs: number;
  /** Whether the time for minimising is used up. */
  readonly expired: () => boolean;
  /** Whether the search is over. */
  readonly stopped: () => boolean;
  /** Whether no further finding is wanted. */
  readonly enough: () => boolean;
  readonly onFinding: (finding: Finding) => void;
}

export interface Investigator {
  /** Takes up what examinations showed; resolves when that is settled. */
  consider(examinations: readonly Examination[]): Promise<void>;
  readonly findings: readonly Finding[];
  /** How often each finding’s defect was seen. */
  sightings(fingerprint: string): number;
  readonly notes: readonly Note[];
  /** Differences explained by a limit, by its name. */
  readonly explained: ReadonlyMap<string, number>;
}

interface Suspicion {
  readonly scenario: Scenario;
  readonly deviation: Deviation;
}

/** A suspicion, and what it seems to be: two that seem to be the same are not investigated side by side. */
/** What the target said of an examination: signatures that come to a finding, and how many findings it was asked about. */
interface Asked {
  readonly signatures: Map<string, string>;
  readonly findings: number;
}

interface Suspected extends Suspicion {
  readonly examination: Examination;
  readonly semblance: string;
  /** Whether a known deviation came before it, so that it may be no more than a consequence. */
  readonly isBehind: boolean;
}

/** What an investigation came to. */
type Outcome =
  | { readonly kind: 'finding'; readonly finding: Finding }
  | { readonly kind: 'known'; readonly fingerprint: string }
  | { readonly kind: 'allowed'; readonly limit: string; readonly text: string }
  | { readonly kind: 'unconfirmed' | 'unstable' | 'cross-connection'; readonly text: string };

/** Suspicions investigated side by side; each waits for its target most of the time. */
const WAVE = 4;
/** Investigations of one signature that may lead nowhere new before it is left alone. */
const MAX_ATTEMPTS = 3;
/** Further looks at a suspicion before it is given up; and more where it may be a race, which shows only now and then. */
const LOOKS = 2;
const MORE_LOOKS = 6;

export function newInvestigator(options: InvestigatorOptions): Investigator {
  const { experiment } = options;
  const explainer = newExplainer(experiment.options);
  const findings: Finding[] = [];
  const sightings = new Map<string, number>();
  const attempts = new Map<string, number>();
  /** Signatures that an examination was investigated for. */
  const investigated = new WeakMap<Examination, Set<string>>();
  const asked = new WeakMap<Examination, Asked>();
  const notes = new Map<string, Note>();
  /** Examinations with deviations that nobody had time for. */
  const unread = new Set<Examination>();
  const explained = new Map<string, number>();
  /** What was allowed first, for each limit. */
  const allowed = new Map<string, string>();

  const note = (kind: Note['kind'], text: string): void => {
    notes.set(`${kind} ${text}`, { kind, text });
  };
  const saw = (name: string): void => {
    sightings.set(name, (sightings.get(name) ?? 0) + 1);
  };

  /** What the target says of an examination with regard to each finding, asked once. */
  async function ask(examination: Examination): Promise<ReadonlyMap<string, string>> {
    const answers = asked.get(examination) ?? { signatures: new Map<string, string>(), findings: 0 };
    const unasked = findings.slice(answers.findings);
    const told = await Promise.all(unasked.map(finding => comeTo(experiment, finding, examination)));
    for (const [index, signatures] of told.entries())
      for (const signature of signatures)
        answers.signatures.set(signature, (unasked[index] as Finding).fingerprint);
    asked.set(examination, { ...answers, findings: answers.findings + unasked.length });
    return answers.signatures;
  }

  /** The first deviation of an examination that is not known yet. */
  async function suspicionOf(examination: Examination): Promise<Suspected | undefined> {
    const { scenario, deviations } = examination;
    const tried = investigated.get(examination);
    const open: Deviation[] = [];
    for (const deviation of weightiestFirst(deviations)) {
      if (tried?.has(deviation.signature) || (attempts.get(deviation.signature) ?? 0) >= MAX_ATTEMPTS)
        continue;
      const name = await knownBy(findings, explainer, scenario, deviation);
      if (name === undefined) open.push(deviation);
      else saw(name);
    }
    if (open.length === 0) return undefined;
    const answers = await ask(examination);
    const deviation = open.find(({ signature }) => !answers.has(signature));
    for (const name of new Set(answers.values())) saw(name);
    if (deviation === undefined) return undefined;
    const semblance = await semblanceOf(explainer, scenario, deviation);
    return { examination, scenario, deviation, semblance, isBehind: deviation !== deviations[0] };
  }

  function settle({ examination, deviation: { signature } }: Suspected, outcome: Outcome): void {
    investigated.set(examination, (investigated.get(examination) ?? new Set()).add(signature));
    attempts.set(signature, (attempts.get(signature) ?? 0) + 1);
    switch (outcome.kind) {
      case 'finding':
        // What led to a new finding may lead to another one; the count is for dead ends.
        if (record(outcome.finding)) attempts.delete(signature);
        break;
      case 'known':
        saw(outcome.fingerprint);
        break;
      case 'allowed':
        explained.set(outcome.limit, (explained.get(outcome.limit) ?? 0) + 1);
        if (!allowed.has(outcome.limit)) allowed.set(outcome.limit, outcome.text);
        break;
      default:
        note(outcome.kind, outcome.text);
    }
  }

  /** True if the finding is new. */
  function record(finding: Finding): boolean {
    saw(finding.fingerprint);
    if (findings.some(known => known.fingerprint === finding.fingerprint)) return false;
    findings.push(finding);
    options.onFinding(finding);
    return true;
  }

  return {
    findings,
    explained,
    sightings: name => sightings.get(name) ?? 0,
    get notes() {
      const left: Note[] =
        unread.size === 0
          ? []
          : [
              {
                kind: 'skipped',
                text: `${unread.size} scenarios differ also behind a known finding; there was no time to look into that (a longer --time has it)`,
              },
            ];
      const limits = [...allowed].map(
        ([limit, text]): Note => ({
          kind: 'allowed',
          text: `${text} (explains ${explained.get(limit)} differences)`,
        }),
      );
      return [...notes.values(), ...limits, ...left];
    },
    async consider(examinations) {
      let waiting = examinations.filter(({ deviations }) => deviations.length > 0);
      while (waiting.length > 0 && !options.stopped()) {
        const suspicions: Suspected[] = [];
        for (const suspicion of await Promise.all(waiting.map(suspicionOf))) {
          if (suspicion === undefined) continue;
          if (suspicion.isBehind && options.expired()) unread.add(suspicion.examination);
          else suspicions.push(suspicion);
        }
        const wave = nextWave(suspicions);
        const found = [...findings];
        const outcomes = wave.map(suspicion => investigate(options, explainer, found, suspicion));
        for (const [index, outcome] of outcomes.entries()) {
          const settled = await outcome;
          if (!options.enough()) settle(wave[index] as Suspected, settled);
        }
        waiting = suspicions.map(({ examination }) => examination);
      }
    },
  };
}

async function investigate(
  options: InvestigatorOptions,
  explainer: Explainer,
  findings: readonly Finding[],
  seen: Suspicion,
): Promise<Outcome> {
  const { experiment } = options;
  const rate = await lookAgain(experiment, seen);
  const { summary } = seen.deviation;
  if (rate === 0) return { kind: 'unconfirmed', text: `seen once and not again: ${summary}` };
  const suspicion = await bared(experiment, seen);
  const name = await knownBy(findings, explainer, suspicion.scenario, suspicion.deviation);
  if (name !== undefined) return { kind: 'known', fingerprint: name };
  const allowed = await allowedBy(options, suspicion);
  if (allowed !== undefined) return allowed;
  const { minimal, ...small } = await made(options, explainer, findings, suspicion, triesFor(rate));
  // Many things said may hide a count; what is left of them may show it.
  const allowedNow = await allowedBy(options, small);
  if (allowedNow !== undefined) return allowedNow;
  for (const [candidate, isMinimal] of [
    [small, minimal],
    [suspicion, false],
  ] as const) {
    const result = await confirm(experiment, candidate.scenario, candidate.deviation);
    if (result.kind === 'confirmed')
      return { kind: 'finding', finding: await named(explainer, candidate, isMinimal, result) };
    if (result.kind !== 'unconfirmed') return { kind: result.kind, text: `${summary}: ${result.reason}` };
  }
  return { kind: 'unconfirmed', text: `${summary}: it does not come again with new tokens` };
}

/** Suspicions that seem to be different things; what may be a consequence of something known comes last. */
function nextWave(suspicions: readonly Suspected[]): readonly Suspected[] {
  const wave = new Map<string, Suspected>();
  for (const isBehind of [false, true]) {
    for (const suspicion of suspicions) {
      if (suspicion.isBehind === isBehind && wave.size < WAVE && !wave.has(suspicion.semblance))
        wave.set(suspicion.semblance, suspicion);
    }
  }
  return [...wave.values()];
}

/** The fields that explain it, else the form of an upgrade that is not clean, else its signature. */
async function semblanceOf(explainer: Explainer, scenario: Scenario, deviation: Deviation): Promise<string> {
  if (!isClean(scenario.upgrade)) return upgradeShape(scenario.upgrade);
  return (await explainer.explain(scenario, deviation))?.join('+') ?? deviation.signature;
}

/** The limit that explains a suspicion, if the policy lets it stay. */
async function allowedBy(
  { experiment, policy }: InvestigatorOptions,
  { scenario, deviation }: Suspicion,
): Promise<Outcome | undefined> {
  const explained = await explainByLimit(experiment, scenario, deviation);
  if (explained === undefined || policy[explained.limit] === 'never') return undefined;
  return { kind: 'allowed', limit: explained.limit, text: explained.text };
}

/** The share of further looks that show the deviation. */
async function lookAgain(experiment: Experiment, { scenario, deviation }: Suspicion): Promise<number> {
  const look = async (looks: number): Promise<number> => {
    const seen = await Promise.all(Array.from({ length: looks }, () => experiment.examineAnew(scenario)));
    return seen.filter(examination => shows(examination, deviation.signature) !== undefined).length;
  };
  const first = await look(LOOKS);
  if (first === LOOKS || isClean(scenario.upgrade)) return first / LOOKS;
  return (first + (await look(MORE_LOOKS))) / (LOOKS + MORE_LOOKS);
}

/** The suspicion behind a bare STARTTLS, if it shows there too: then nothing in the upgrade has to do with it. */
async function bared(experiment: Experiment, suspicion: Suspicion): Promise<Suspicion> {
  const { scenario, deviation } = suspicion;
  if (isBare(scenario.upgrade)) return suspicion;
  const bare: Scenario = { ...scenario, upgrade: { handshake: { kind: 'sound', version: '1.3' } } };
  const shown = shows(await experiment.suspect(bare), deviation.signature);
  return shown === undefined ? suspicion : { scenario: bare, deviation: shown };
}

/** How often to try a candidate before it is taken for harmless: a race must be missed by chance in 2% only. */
const triesFor = (rate: number): number =>
  rate === 1 ? 1 : Math.min(20, Math.ceil(Math.log(0.02) / Math.log(1 - rate)));

/** The suspicion made small: by the model first, if fields explain it, and always by the target. */
async function made(
  { experiment, jobs, expired }: InvestigatorOptions,
  explainer: Explainer,
  findings: readonly Finding[],
  suspicion: Suspicion,
  tries: number,
): Promise<Suspicion & { readonly minimal: boolean }> {
  const start = (await proposed(experiment, explainer, findings, suspicion)) ?? suspicion;
  const { deviation } = start;
  const interesting = async (candidate: Scenario): Promise<boolean> => {
    const seen = await Promise.all(Array.from({ length: tries }, () => experiment.suspect(candidate)));
    return seen.some(examination => shows(examination, deviation.signature) !== undefined);
  };
  const { after } = start.scenario;
  // What comes behind the step at which it shows has no part in it.
  const cut: Scenario = { ...start.scenario, after: after.slice(0, deviation.step + 1) };
  const first = after.length > cut.after.length && (await interesting(cut)) ? cut : start.scenario;
  const { scenario, minimal } = await minimise(first, interesting, { jobs, expired });
  return { scenario, deviation, minimal };
}

/** What the model takes for the shortest way to show the same defect, if the target agrees. */
async function proposed(
  experiment: Experiment,
  explainer: Explainer,
  findings: readonly Finding[],
  { scenario, deviation }: Suspicion,
): Promise<Suspicion | undefined> {
  for (const proposal of await proposals(explainer, knownFields(findings), scenario, deviation)) {
    const { deviations } = await experiment.examineAnew(proposal);
    const shown = weightiestFirst(deviations).find(one => isAsGood(one, deviation));
    if (shown !== undefined) return { scenario: proposal, deviation: shown };
  }
  return undefined;
}

async function proposals(
  explainer: Explainer,
  known: readonly Field[],
  scenario: Scenario,
  deviation: Deviation,
): Promise<readonly Scenario[]> {
  const fields = await explainer.explain(scenario, deviation, known);
  if (fields === undefined) return explainer.guesses(scenario, deviation);
  // What is known already only helps to show it; the shortest way is that of what is new.
  const added = fields.filter(field => !known.includes(field));
  const shortest =
    (added.length > 0 ? await explainer.minimised(scenario, deviation, added) : undefined) ??
    (await explainer.minimised(scenario, deviation, fields));
  return shortest === undefined ? [] : [shortest];
}

async function named(
  explainer: Explainer,
  { scenario, deviation: wanted }: Suspicion,
  minimal: boolean,
  { hits, of, example }: Extract<Confirmation, { kind: 'confirmed' }>,
): Promise<Finding> {
  const deviation = shows(example, wanted.signature) ?? wanted;
  const fields = await explainer.explain(scenario, deviation);
  return {
    scenario,
    deviation,
    fingerprint: fingerprint(scenario, deviation, fields, minimal),
    confirmed: deviation.proof === 'sighting' ? 'seen twice' : `${hits}/${of}`,
    minimal,
    example,
  };
}

/** What was granted or refused says more than the words it was done with, and is named more surely. */
function weightiestFirst(deviations: readonly Deviation[]): readonly Deviation[] {
  const isWording = ({ signature }: Deviation): boolean =>
    / (?:text|enhanced|handler|header|body) /.test(signature);
  return [...deviations.filter(deviation => !isWording(deviation)), ...deviations.filter(isWording)];
}
