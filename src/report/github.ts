/**
 * Results → what GitHub Actions shows of a job: annotations (workflow commands on the output), and the job summary
 * (Markdown). Pure; `cli/outputs.ts` decides when, and where to.
 */

import { placeOf, transcriptLines } from './dialogue.ts';
import { claimsText, stepsText } from './finding.ts';
import { printable } from './printable.ts';
import { type MergedFinding, type Results, type TargetResult, targetsOf } from './results.ts';

/** GitHub shows ten annotations of a kind for a step. */
const MOST_ANNOTATIONS = 10;
/** GitHub refuses a summary of more than 1 MiB. */
const MOST_SUMMARY = 1_000_000;

export function annotations(results: Results): string {
  const found = targetsOf(results).flatMap(target =>
    target.findings.map(finding => annotation(finding, target)),
  );
  const doubtful = targetsOf(results)
    .filter(({ verdict }) => verdict === 'inconclusive' || verdict === 'unsupported')
    .map(({ name, verdict, reasons }) =>
      command('warning', `afresh: ${name}`, [verdict, ...reasons].join(': ')),
    );
  const all = [...found, ...doubtful];
  const more = all.length - MOST_ANNOTATIONS + 1;
  const shown = more <= 1 ? all : [...all.slice(0, -more), command('notice', 'afresh', `${more} more`)];
  return shown.map(line => `${line}\n`).join('');
}

function annotation(
  { level, fingerprint, summary, claim, confirmed }: MergedFinding,
  { name }: TargetResult,
): string {
  const message = `${summary} (claim ${claim}, confirmed ${confirmed})`;
  return command(level === 'must' ? 'error' : 'warning', `${name}: ${fingerprint}`, message);
}

/** A workflow command; whatever could end its text or its title is escaped. */
function command(kind: 'error' | 'warning' | 'notice', title: string, message: string): string {
  const data = (text: string): string => printable(text, 1_000).replaceAll('%', '%25');
  return `::${kind} title=${data(title).replaceAll(':', '%3A').replaceAll(',', '%2C')}::${data(message)}`;
}

export function jobSummary(results: Results): string {
  const targets = targetsOf(results);
  const sections = [
    '## afresh: state that outlives STARTTLS',
    targetTable(targets),
    ...targets.flatMap(target => target.findings.map(finding => findingSection(finding, target))),
  ];
  const kept: string[] = [];
  let size = 0;
  for (const section of sections) {
    size += section.length + 2;
    if (size > MOST_SUMMARY)
      return `${kept.join('\n\n')}\n\n${sections.length - kept.length} more findings.\n`;
    kept.push(section);
  }
  return `${kept.join('\n\n')}\n`;
}

function targetTable(targets: readonly TargetResult[]): string {
  const rows = targets.map(({ name, latest, verdict, reasons, findings, runs }) => {
    const scenarios = runs.reduce((sum, { stats }) => sum + stats.scenarios, 0);
    const fresh = findings.filter(({ status }) => status === 'new').length;
    const cells = [
      escaped(name),
      escaped(latest.target.software ?? ''),
      `**${verdict}**${reasons.map(reason => `: ${escaped(reason)}`).join('')}`,
      `${findings.length}${fresh > 0 ? ` (${fresh} new)` : ''}`,
      String(scenarios),
      String(latest.seed),
    ];
    return `| ${cells.join(' | ')} |`;
  });
  return [
    '| target | software | verdict | findings | scenarios | seed |',
    '| --- | --- | --- | ---: | ---: | ---: |',
    ...rows,
  ].join('\n');
}

function findingSection(finding: MergedFinding, { name }: TargetResult): string {
  const { used, fresh } = finding.transcripts;
  const place = placeOf(finding);
  const text = [
    'used connection',
    ...transcriptLines(used, place),
    ...(fresh === undefined ? [] : ['', 'fresh connection', ...transcriptLines(fresh, place)]),
  ].join('\n');
  return [
    `### ${escaped(name)}: ${escaped(finding.fingerprint)}`,
    `${escaped(finding.summary)}  \nClaim ${escaped(claimsText(finding))}, level ${finding.level}, confirmed ${escaped(finding.confirmed)}, ${stepsText(finding)}.`,
    `<details><summary>Transcripts</summary>\n\n${fenced(text)}\n\n</details>`,
    ...(finding.replay === undefined ? [] : [fenced(printable(finding.replay, 1_000))]),
  ].join('\n\n');
}

/** Nothing in it is Markdown, HTML, or a link. */
const escaped = (text: string): string => printable(text, 500).replace(/[!-/:-@[-`{-~]/g, '\\$&');

/** A block of code whose fence is longer than any that stands in it. */
function fenced(text: string): string {
  const longest = Math.max(2, ...(text.match(/`+/g) ?? []).map(({ length }) => length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}text\n${text}\n${fence}`;
}
