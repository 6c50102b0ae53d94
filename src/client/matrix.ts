/** The matrix of clients: what each shows, claim by claim, in Markdown, and then what was found. Pure. */

import { plainMarkdown, printable } from '../report/printable.ts';
import type { Report, ReportedClaim } from '../report/report.ts';
import type { KeptScript } from './corpus.ts';

/** Characters of a finding's summary that are shown. */
const SHOWN = 300;

/** `kept`: what was judged by hand stands in them. */
export function clientMatrix(reports: readonly Report[], kept: readonly KeptScript[]): string {
  const claims = [...new Set(reports.flatMap(report => report.claims.map(({ id }) => id)))];
  const rows = [
    ['client', 'version', ...claims.map(id => id.replace(/^client-/, '')), 'scripts'],
    ['---', '---', ...claims.map(() => '---'), '---:'],
    ...reports.map(({ target, claims: judged, stats }) => [
      plainMarkdown(target.name),
      plainMarkdown(shortened(target.software ?? '')),
      ...claims.map(id => cell(judged.find(claim => claim.id === id))),
      String(stats.scenarios),
    ]),
  ];
  const table = rows.map(row => `| ${row.join(' | ')} |`).join('\n');
  return `${[table, ...reports.map(report => section(report, kept))].join('\n\n')}\n`;
}

/** Some tell what they were built with, too. */
const shortened = (software: string): string => software.split(/ \(|,/)[0] ?? '';

function cell(claim: ReportedClaim | undefined): string {
  if (claim === undefined || claim.verdict === 'inconclusive') return '–';
  return claim.verdict === 'violated' ? '**violated**' : `holds ${claim.judged}`;
}

function section({ target, findings, verdict, reason }: Report, kept: readonly KeptScript[]): string {
  const found = findings.map(({ fingerprint, level, steps, summary }) => {
    const known = kept.find(
      ({ client, fingerprint: name }) => client[0] === target.name && name === fingerprint,
    );
    const judged = known?.judged === undefined ? '' : `. ${plainMarkdown(known.judged)}`;
    return `- **${plainMarkdown(fingerprint)}** (${level}, ${steps} ${steps === 1 ? 'step' : 'steps'}): ${plainMarkdown(printable(summary, SHOWN))}${judged}`;
  });
  const none =
    reason === undefined ? `Nothing: ${verdict}.` : `Nothing: ${verdict}, ${printable(reason, SHOWN)}.`;
  return `## ${plainMarkdown(target.name)}\n\n${found.length === 0 ? none : found.join('\n')}`;
}
