/**
 * How far a campaign has come: what its journal says, taken together. Pure, but for being changed in place.
 *
 * The state is nothing but the events applied in order, so that a campaign which was killed goes on from the journal as
 * if it had never stopped. Units are planned in waves; what a wave found enters only when all of it is done, in the
 * order of its units, so that what is planned next does not depend on which worker was faster.
 */

import { MOST_FINDINGS, mergeReports } from '../report/merge.ts';
import type { Report, ReportedClaim, ReportedFinding } from '../report/report.ts';
import { claimVerdict, violatedBut } from '../verdict.ts';
import { type Unit, unperformed } from './unit.ts';

/** One line of the journal. `elapsed`: milliseconds that the campaign had been running, over all its starts. */
export type Event = { readonly elapsed: number } & (
  | {
      readonly kind: 'begun';
      readonly schema: 1;
      readonly run: string;
      readonly startedAt: string;
      readonly seed: number;
      /** What the campaign was told to do; a resumed one must be told the same. */
      readonly orders: string;
    }
  | { readonly kind: 'planned'; readonly unit: Unit }
  | { readonly kind: 'finding'; readonly target: string; readonly finding: ReportedFinding }
  | { readonly kind: 'done'; readonly unit: string; readonly report: Report }
  /** Stands for all earlier events of a target in a journal that was made short. */
  | ({ readonly kind: 'merged'; readonly target: string } & Merged)
  | { readonly kind: 'ended' }
);

interface Merged {
  readonly report?: Report | undefined;
  /** Units planned so far, by phase. */
  readonly planned: Readonly<Record<Unit['phase'], number>>;
}

export interface TargetState {
  merged: Merged;
  /** Units that are planned and not yet merged, with their reports where they are done. */
  readonly wave: Map<string, { readonly unit: Unit; readonly report?: Report }>;
  /** Findings by fingerprint, as soon as they were confirmed. */
  readonly findings: Map<string, ReportedFinding>;
}

export interface State {
  run: string;
  startedAt: string;
  seed: number;
  orders: string;
  elapsed: number;
  ended: boolean;
  readonly targets: Map<string, TargetState>;
}

export function newState(): State {
  return { run: '', startedAt: '', seed: 0, orders: '', elapsed: 0, ended: false, targets: new Map() };
}

export function targetState(state: State, name: string): TargetState {
  const known = state.targets.get(name);
  if (known !== undefined) return known;
  const merged = { report: undefined, planned: { replay: 0, explore: 0, minimise: 0 } };
  const made: TargetState = { merged, wave: new Map(), findings: new Map() };
  state.targets.set(name, made);
  return made;
}

export function apply(state: State, event: Event): void {
  state.elapsed = Math.max(state.elapsed, event.elapsed);
  switch (event.kind) {
    case 'begun': {
      const { run, startedAt, seed, orders } = event;
      Object.assign(state, { run, startedAt, seed, orders });
      return;
    }
    case 'planned': {
      const target = targetState(state, event.unit.name);
      const { phase, id } = event.unit;
      const planned = { ...target.merged.planned, [phase]: target.merged.planned[phase] + 1 };
      target.merged = { ...target.merged, planned };
      target.wave.set(id, { unit: event.unit });
      return;
    }
    case 'finding':
      take(targetState(state, event.target), event.finding);
      return;
    case 'done':
      done(state, event.unit, event.report);
      return;
    case 'merged': {
      const { report, planned } = event;
      const target = targetState(state, event.target);
      target.merged = { report, planned };
      for (const finding of report?.findings ?? []) keepBetter(target, finding);
      return;
    }
    case 'ended':
      state.ended = true;
  }
}

/** A unit that is done twice counts once. */
function done(state: State, id: string, report: Report): void {
  for (const target of state.targets.values()) {
    const planned = target.wave.get(id);
    if (planned === undefined || planned.report !== undefined) continue;
    target.wave.set(id, { ...planned, report });
    for (const finding of report.findings) keepBetter(target, finding);
    if ([...target.wave.values()].every(unit => unit.report !== undefined)) mergeWave(target);
  }
}

function mergeWave(target: TargetState): void {
  const wave = [...target.wave.values()] as readonly { unit: Unit; report: Report }[];
  const settled = wave.filter(
    ({ unit, report }) =>
      unit.phase === 'minimise' && (report.findings.some(({ minimal }) => minimal) || isExplained(report)),
  );
  const superseded = new Set(settled.map(({ unit }) => JSON.stringify(unit.examples[0])));
  const stays = ({ minimal, scenario }: ReportedFinding): boolean =>
    minimal || !superseded.has(JSON.stringify(scenario));
  const reports = [target.merged.report, ...wave.map(({ report }) => report)];
  target.merged = {
    ...target.merged,
    report: merge(reports.map(report => report && withoutFindings(report, stays))),
  };
  for (const [fingerprint, finding] of target.findings)
    if (!stays(finding)) target.findings.delete(fingerprint);
  target.wave.clear();
}

/** With all the time that it takes, what had been found came to nothing but a limit. */
const isExplained = ({ findings, limits }: Report): boolean =>
  findings.length === 0 && limits.some(({ explained }) => explained > 0);

/** The report without the findings that do not stay; what was violated by none but those is not violated. */
function withoutFindings(report: Report, stays: (finding: ReportedFinding) => boolean): Report {
  const findings = report.findings.filter(stays);
  const claims = report.claims.map((claim): ReportedClaim => {
    if (claim.verdict !== 'violated') return claim;
    return { ...claim, verdict: claimVerdict(claim.id, findings, claim.judged === 0) };
  });
  return { ...report, findings, claims };
}

function merge(reports: readonly (Report | undefined)[]): Report | undefined {
  const [first, ...others] = reports.filter(report => report !== undefined);
  return first === undefined ? undefined : mergeReports([first, ...others]);
}

/** What a finding turned out to be stands in for it; one that turned out to be none only goes. */
function take(target: TargetState, finding: ReportedFinding): void {
  const { withdraws, fingerprint } = finding;
  if (withdraws !== undefined && target.findings.get(withdraws)?.minimal === false)
    target.findings.delete(withdraws);
  if (withdraws !== fingerprint) keepBetter(target, finding);
}

/** A minimal one replaces one that is not. */
function keepBetter({ findings }: TargetState, finding: ReportedFinding): void {
  const known = findings.get(finding.fingerprint);
  if (known === undefined ? findings.size < MOST_FINDINGS : finding.minimal && !known.minimal)
    findings.set(finding.fingerprint, finding);
}

/** The shortest journal that leads to the same state. */
export function shortest(state: State): readonly Event[] {
  const { run, startedAt, seed, orders, elapsed } = state;
  return [
    { kind: 'begun', schema: 1, run, startedAt, seed, orders, elapsed },
    ...[...state.targets].flatMap(([name, target]): Event[] => {
      const wave = [...target.wave.values()];
      const planned = { ...target.merged.planned };
      for (const { unit } of wave) planned[unit.phase]--;
      return [
        { kind: 'merged', target: name, ...target.merged, planned, elapsed },
        ...wave.map(({ unit }): Event => ({ kind: 'planned', unit, elapsed })),
        ...[...target.findings.values()].map(
          (finding): Event => ({ kind: 'finding', target: name, finding, elapsed }),
        ),
        ...wave.flatMap(({ unit, report }): Event[] =>
          report === undefined ? [] : [{ kind: 'done', unit: unit.id, report, elapsed }],
        ),
      ];
    }),
    ...(state.ended ? [{ kind: 'ended', elapsed } as const] : []),
  ];
}

/** The report of a target as it stands: merged waves, what the present wave has done, and findings of units under way. */
export function reportSoFar(target: TargetState): Report | undefined {
  const [unit] = [...target.wave.values()].map(planned => planned.unit);
  const whole =
    merge([target.merged.report, ...[...target.wave.values()].map(({ report }) => report)]) ??
    (unit === undefined ? undefined : unperformed(unit, 'ended before the first results came in'));
  if (whole === undefined) return undefined;
  const listed = new Set(whole.findings.map(({ fingerprint }) => fingerprint));
  const early = [...target.findings.values()].filter(({ fingerprint }) => !listed.has(fingerprint));
  if (early.length === 0) return whole;
  const { verdict, reason, ...rest } = whole;
  const judged = { verdict, ...(reason === undefined ? {} : { reason }) };
  return {
    ...rest,
    ...(verdict === 'violated' ? judged : violatedBut(judged)),
    findings: [...whole.findings, ...early],
  };
}
