/**
 * A unit of work: one slice of the search of one target, as plain data, and its result, a report.
 *
 * (target, claims, seed, budget, scenarios to begin with) → Report. Processes of the same machine, workers on a queue and
 * shards of a CI matrix all perform units through the one function here; none of them knows what a campaign is.
 */

import { z } from 'zod';
import { CLAIMS } from '../../properties/index.ts';
import { check } from '../check.ts';
import { withRows } from '../policy.ts';
import type { Report, ReportedFinding } from '../report/report.ts';
import { Scenario } from '../scenario.ts';
import type { Progress } from '../search.ts';
import { targetOf } from '../targets/registry.ts';
import { type RunningTarget, type Target, TargetError } from '../targets/target.ts';
import { isVain } from '../vain.ts';
import { TOOL } from '../version.ts';
import { TargetEntry } from './file.ts';

export const PHASES = ['replay', 'explore', 'minimise'] as const;
export type Phase = (typeof PHASES)[number];

/** The name of a run, which is that of a folder too. */
export const RUN = z.string().regex(/^[a-z0-9-]+$/i);

const Scenarios = z.array(Scenario).readonly();

export const Unit = z
  .strictObject({
    /** The run of the campaign that it is part of. */
    run: RUN,
    /** `target.phase.number`: the same unit has the same id, wherever and however often it is performed. */
    id: z.string().regex(/^[a-z0-9.@-]+$/),
    phase: z.enum(PHASES),
    /** The name of the target within the campaign. */
    name: z.string(),
    target: TargetEntry,
    claims: z.array(z.string()).readonly(),
    /** Those of them that were asked for by name. */
    wanted: z.array(z.string()).readonly(),
    seed: z.int(),
    jobs: z.int().min(1),
    scenarios: z.int().min(1),
    /** Milliseconds. */
    time: z.number().positive().exactOptional(),
    /** Played first, and counted among the scenarios. */
    examples: Scenarios,
    /** Varied from the first on. */
    seeds: Scenarios,
  })
  .readonly();
export type Unit = z.infer<typeof Unit>;

/** What is told of a unit while it is performed. */
export interface UnitEvents {
  readonly onProgress?: (progress: Progress) => void;
  readonly onFinding?: (finding: ReportedFinding) => void;
  readonly signal?: AbortSignal;
}

/** Whatever happens, there is a report: a target that cannot be used is `inconclusive`, with the reason. */
export async function perform(unit: Unit, events: UnitEvents): Promise<Report> {
  let running: RunningTarget | undefined;
  try {
    running = await targetOfEntry(unit.target).start();
    const examples = new Set(unit.examples.map(example => JSON.stringify(example)));
    const differing = new Map<string, Scenario>();
    const report = await check(running, {
      name: unit.name,
      seed: unit.seed,
      jobs: unit.jobs,
      policy: withRows(unit.target.policy ?? {}, running.policy),
      claims: CLAIMS.filter(({ id }) => unit.claims.includes(id)),
      wanted: unit.wanted,
      scenarios: unit.scenarios,
      ...(unit.time === undefined ? {} : { time: unit.time }),
      examples: unit.examples,
      seeds: unit.seeds,
      ...(events.signal === undefined ? {} : { signal: events.signal }),
      ...(events.onProgress === undefined ? {} : { onProgress: events.onProgress }),
      onExamined: examination => {
        const { scenario, deviations } = examination;
        const key = JSON.stringify(scenario);
        if (examples.has(key) && (deviations.length > 0 || isVain(examination))) differing.set(key, scenario);
      },
      onFinding: finding => {
        events.onFinding?.(finding);
        return undefined;
      },
    });
    if (unit.phase === 'explore') return report;
    return { ...withoutEstimate(report), differing: [...differing.values()] };
  } catch (error) {
    if (error instanceof TargetError) return unperformed(unit, error.message);
    throw error;
  } finally {
    await running?.stop();
  }
}

/** What is played again and again, and was not drawn, says nothing of the chance that the next scenario shows more. */
const withoutEstimate = (report: Report): Report => ({
  ...report,
  coverage: { ...report.coverage, discovery: 1 },
  curve: [],
});

/** The target of an entry. Throws a `TargetError` where there is none. */
export function targetOfEntry(entry: TargetEntry): Target {
  const { target, auth, rcpt, helo, authorised, implicitTls, maildir, sink } = entry;
  return targetOf(target, {
    ...(auth === undefined ? {} : { login: login(auth) }),
    ...(rcpt === undefined ? {} : { recipient: rcpt }),
    ...(helo === undefined ? {} : { helo }),
    ...(authorised === undefined ? {} : { authorised }),
    ...(implicitTls === undefined ? {} : { implicitTls }),
    ...(maildir === undefined ? {} : { delivery: { maildir } }),
    ...(sink === undefined ? {} : { delivery: { sink } }),
  });
}

/** `user:password`, or `user:$NAME` with the password in the environment, so that it stands in no file and no queue. */
function login(auth: string): { readonly user: string; readonly password: string } {
  const colon = auth.indexOf(':');
  const [user, secret] = [auth.slice(0, colon), auth.slice(colon + 1)];
  const variable = /^\$([A-Z_][A-Z0-9_]*)$/.exec(secret)?.[1];
  if (variable === undefined) return { user, password: secret };
  const password = process.env[variable];
  if (password === undefined) throw new TargetError(`auth: $${variable} is not set in the environment`);
  return { user, password };
}

/** The report of a unit that could not be performed. */
export function unperformed({ name, target, claims, seed }: Unit, reason: string): Report {
  return {
    schema: 1,
    tool: TOOL,
    startedAt: new Date().toISOString(),
    seconds: 0,
    seed,
    role: 'server',
    target: { name, address: target.target },
    verdict: 'inconclusive',
    reason,
    baselines: [],
    claims: CLAIMS.filter(({ id }) => claims.includes(id)).map(({ id, requirement }) => ({
      id,
      requirement,
      verdict: 'inconclusive',
      judged: 0,
    })),
    notes: [{ kind: 'skipped', text: reason }],
    findings: [],
    limits: [],
    coverage: { states: 0, transitions: 0, discovery: 1 },
    reached: [],
    stats: {
      scenarios: 0,
      judged: 0,
      connections: 0,
      connectionsPerSecond: 0,
      handshakes: 0,
      seconds: 0,
      retries: 0,
      inconclusive: 0,
      vacuous: 0,
      connectionsPerScenario: 0,
      outcomes: {},
    },
  };
}
