/** Report → its end on a terminal: the verdict, what it rests on, and what to do next. Pure. */

import { ALL_CLAIMS } from '../../properties/index.ts';
import type { Note } from '../note.ts';
import { limitLine } from './limits.ts';
import { printable } from './printable.ts';
import type { Report, ReportedClaim, Verdict } from './report.ts';

/** What a verdict says, for somebody who has not read about it. */
const MEANING: Readonly<Record<Verdict, string>> = {
  violated: 'In TLS it still knows, or runs, something that came before STARTTLS.',
  unsupported: 'There was nothing to test.',
  inconclusive: 'This says neither that the property holds, nor that it does not.',
  allowed: 'What outlives STARTTLS are limits that may stay, and nothing else.',
  holds: 'Nothing that was said before STARTTLS could be seen after it.',
};

/** A client may fail before it comes to TLS. */
const FAULTY_CLIENT =
  'It keeps in TLS what came before, or goes on where it must not; the findings say which.';

/** Notes of one kind that are printed; all of them stand in the JSON result. */
const MOST_NOTES = 8;
/** What varies by itself is told by an example or two: nobody has to act on it. */
const MOST_NOISE = 2;
const NOTE_WIDTH = 200;

export function summary(report: Report): readonly string[] {
  const { target, verdict, reason, otherwise, role } = report;
  return [
    headline(target, { verdict, ...(reason === undefined ? {} : { reason }) }),
    `  ${verdict === 'violated' && role === 'client' ? FAULTY_CLIENT : MEANING[verdict]}`,
    // Where something must not be, it is all the same what else could be said.
    ...(otherwise?.reason === undefined || report.findings.some(({ level }) => level === 'must')
      ? []
      : [`  But for what was found: ${otherwise.verdict}: ${printable(otherwise.reason)}`]),
    ...(report.stats.scenarios === 0
      ? []
      : ['', ...judged(report), '', ...report.claims.map(claim => claimLine(claim, report.findings))]),
    ...limits(report.limits),
    ...notes(report.notes),
    '',
    ...next(report).map(line => `  ${line}`),
  ];
}

/** What was judged, and how. */
export const headline = (
  target: Pick<Report['target'], 'name' | 'software' | 'address'>,
  { verdict, reason }: Pick<Report, 'verdict' | 'reason'>,
): string =>
  `${printable(target.name)} (${printable(detailOf(target), NOTE_WIDTH)}): ${verdict.toUpperCase()}${reason === undefined ? '' : `: ${printable(reason)}`}`;

/** What it says it is; where it says no more than its name, how it was asked. */
const detailOf = ({
  name,
  software = name,
  address,
}: Pick<Report['target'], 'name' | 'software' | 'address'>): string =>
  software === name ? address : software;

/** What the verdict rests on. */
function judged({ stats, baselines, coverage, seconds, seed }: Report): readonly string[] {
  const pace = `${stats.connectionsPerSecond.toFixed(0)}/s where none waits on purpose, ${stats.connectionsPerScenario.toFixed(2)} a scenario`;
  const chance = (100 * coverage.discovery).toFixed(1);
  return [
    `  ${stats.scenarios} scenarios, ${stats.judged} judged: TLS came about on the used and on a fresh connection (of these, ${stats.vacuous} said nothing before)`,
    `  ${stats.connections} connections in ${seconds.toFixed(1)} s (${pace}); seed ${seed}`,
    `  baselines: ${printable(baselines.join(', ')) || 'none'}`,
    `  model: ${coverage.states} states, ${coverage.transitions} transitions${combined(coverage)}; chance that the next scenario shows something new: ${chance}%`,
  ];
}

const combined = ({ pairs, triples }: Report['coverage']): string =>
  pairs === undefined ? '' : `; ${pairs} pairs and ${triples} triples of features`;

/** A claim that no scenario put to the test is not a doubtful one; what deviated by a defect of another name tells which. */
function claimLine({ id, verdict, judged }: ReportedClaim, findings: Report['findings']): string {
  const title = ALL_CLAIMS.find(claim => claim.id === id)?.title ?? '';
  const word = judged === 0 && verdict !== 'violated' ? 'not tested' : verdict;
  const line = `  ${word.padEnd(12)} ${printable(id).padEnd(24)} ${String(judged).padStart(6)}  ${title}`;
  if (findings.some(({ claim }) => claim === id)) return line;
  const names = findings.filter(({ also = [] }) => also.includes(id)).map(({ fingerprint }) => fingerprint);
  return names.length === 0 ? line : `${line} (by "${printable(names.join('", "'), NOTE_WIDTH)}")`;
}

function limits(all: Report['limits']): readonly string[] {
  return all.length === 0 ? [] : ['', ...all.map(limit => `  ${printable(limitLine(limit), NOTE_WIDTH)}`)];
}

/** A few of each kind. */
export function notes(all: readonly Note[]): readonly string[] {
  const kinds = [...new Set(all.map(({ kind }) => kind))];
  return kinds.flatMap(kind => {
    const some = all.filter(note => note.kind === kind);
    const most = kind === 'noise' ? MOST_NOISE : MOST_NOTES;
    const more = some.length - most;
    return [
      '',
      ...some.slice(0, most).map(({ text }) => `  note (${kind}): ${printable(text, NOTE_WIDTH)}`),
      ...(more > 0 ? [`  note (${kind}): ${more} more, all of them in the JSON result`] : []),
    ];
  });
}

/** What it takes to put a claim to the test, where most runs lack it. */
const NEEDED: Readonly<Record<string, string>> = {
  'delivered-mail': 'Logins need --auth, transactions --rcpt, delivered mail --maildir or --sink.',
  'handler-state': 'What hooks are given is seen only of servers that run within afresh.',
};

/** What to do next. */
function next({ verdict, findings, claims, target, role }: Report): readonly string[] {
  switch (verdict) {
    case 'violated': {
      const kept = findings.find(({ replay }) => replay !== undefined);
      return kept === undefined
        ? ['Next: run it again with --corpus DIR to keep each finding as a file for "afresh replay".']
        : [
            `Next: after a fix, "${printable(kept.replay ?? '')}" says FIXED.`,
            `With --reproducer repro.py (or .mjs) it also writes a script for whoever maintains the ${role}.`,
          ];
    }
    case 'unsupported':
      return role === 'client'
        ? ['Next: see that the client is told to use STARTTLS, and the server at {host} and {port}.']
        : [`Next: see whether TLS is configured for ${printable(target.address)}.`];
    case 'inconclusive':
      return ['Next: see to the reason, and run it again; more --time helps where too little was judged.'];
    default: {
      const untested = claims.filter(claim => claim.judged === 0).map(({ id }) => printable(id));
      return untested.length === 0
        ? ['Next: nothing. A longer run (--time 10m) looks deeper.']
        : [
            `Next: nothing. Not put to the test: ${untested.join(', ')}.`,
            ...untested.flatMap(id => (role === 'client' ? [] : (NEEDED[id] ?? []))),
          ];
    }
  }
}
