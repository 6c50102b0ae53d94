/** Results for the tests of the reporters: a real one, and the same with hostile text in every place that takes text. */

import { CLAIMS } from '../../properties/index.ts';
import { check } from '../../src/check.ts';
import type { Report } from '../../src/report/report.ts';
import { targetOf } from '../../src/targets/registry.ts';

/** A real result: the reference server in memory, a few hundred scenarios. */
export async function realReport(name = 'reference:keeps-login', seed = 1): Promise<Report> {
  const target = await targetOf(name, {}).start();
  return check(target, { name, seed, jobs: 8, claims: CLAIMS, wanted: [], scenarios: 400 });
}

/** What targets, and people who hand over results, may put anywhere. */
export const HOSTILE: readonly string[] = [
  '<script>window.ran = 1</script>',
  '"><img src=x onerror="window.ran = 1">\' onmouseover=\'window.ran = 1',
  '</script></style></template></title></textarea><script>window.ran = 1</script>',
  '<svg/onload=window.ran=1><iframe srcdoc="<script>parent.ran=1</script>">',
  'javascript:window.ran=1',
  ']]><!-- --><?xml version="1.0"?><!DOCTYPE x [<!ENTITY y SYSTEM "file:///etc/passwd">]>&y;',
  'right-to-left \u202e\u2066\u200f\u061c\u05d0\u0627 zero-width \u200b\u200d\ufeff \u2028\u2029',
  '\x1b[2J\x1b]0;title\x07\x9b31m\x90\x00\x01\x08\x7f\r',
  'not in XML \ufffe\uffff\ud800 \udc00 a\u0300\u0301\u0302\u0303\u0304\u0305\u0306\u0307',
  '\n::error title=forged::forged\n##[error]forged\n%0A::set-env name=X::y',
  '`````` | a | b |\n# heading\n[x](javascript:alert(1)) @everyone https://example.org',
];

/** Keys whose values the schema lists; everything else may hold any text. */
const LISTED: ReadonlySet<string> = new Set([
  'schema',
  'startedAt',
  'role',
  'verdict',
  'requirement',
  'level',
  'kind',
  'part',
  'upgrade',
  'how',
  'proof',
  'scenario',
]);

/** The report with `text` added to every string that may be any. */
export function hostile(report: Report, text: string): Report {
  return {
    ...(withText(report, text) as Report),
    tool: { name: 'afresh', version: `0.0.0${text}` },
  };
}

function withText(value: unknown, text: string): unknown {
  if (typeof value === 'string') return `${value} ${text}`;
  if (Array.isArray(value)) return value.map(part => withText(part, text));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, part]) => [key, isListed(key, value) ? part : withText(part, text)]),
  );
}

/** `reason` is a list in a malformed reply, and free text elsewhere. */
const isListed = (key: string, of: object): boolean =>
  LISTED.has(key) || (key === 'reason' && 'kind' in of && of.kind === 'malformed');
