/**
 * Results → JUnit XML, for the test view of a CI server: a suite a target, a test a claim. Pure.
 *
 * A violated claim is a failure with its findings as text; one that nothing put to the test is skipped; a search
 * that came to no verdict is an error, never a pass.
 */

import XMLBuilder from 'fast-xml-builder';
import { ALL_CLAIMS } from '../../properties/index.ts';
import { claimsOf } from './finding.ts';
import { printable } from './printable.ts';
import type { ReportedClaim } from './report.ts';
import { type MergedFinding, type Results, type TargetResult, targetsOf } from './results.ts';
import { findingText } from './terminal.ts';

/** Characters of one failure: CI servers cut off, or refuse, what is much longer. */
const MOST_TEXT = 60_000;

/** An element as the builder takes it: attributes with a prefix, children by name. */
const ATTRIBUTE = '@';
const TEXT = '#';

interface Case {
  readonly name: string;
  readonly skipped?: string;
  readonly error?: { readonly message: string };
  readonly failure?: { readonly message: string; readonly type: string; readonly text: string };
}

const builder = new XMLBuilder({
  attributeNamePrefix: ATTRIBUTE,
  textNodeName: TEXT,
  ignoreAttributes: false,
  suppressBooleanAttributes: false,
  suppressEmptyNode: true,
  format: true,
});

export function junit(results: Results): string {
  const targets = targetsOf(results);
  const root = {
    ...attributes({
      name: 'afresh',
      ...counts(targets.flatMap(casesOf)),
      time: seconds(targets),
    }),
    testsuite: targets.map(suiteOf),
  };
  return `<?xml version="1.0" encoding="UTF-8"?>\n${builder.build({ testsuites: root })}`;
}

function suiteOf(target: TargetResult, index: number): object {
  const cases = casesOf(target);
  return {
    ...attributes({
      name: named(target.name),
      ...counts(cases),
      skipped: String(cases.filter(({ skipped }) => skipped !== undefined).length),
      time: seconds([target]),
      timestamp: target.latest.startedAt.slice(0, 19),
      id: String(index),
    }),
    properties: { property: propertiesOf(target).map(([name, value]) => attributes({ name, value })) },
    testcase: cases.map(one => testOf(one, target)),
  };
}

function testOf({ name, skipped, error, failure }: Case, target: TargetResult): object {
  return {
    ...attributes({ name: named(name), classname: named(target.name), time: '0' }),
    ...(skipped === undefined ? {} : { skipped }),
    ...(error === undefined ? {} : { error: attributes({ message: error.message, type: 'inconclusive' }) }),
    ...(failure === undefined
      ? {}
      : {
          failure: {
            ...attributes({ message: failure.message, type: failure.type }),
            [TEXT]: failure.text,
          },
        }),
  };
}

function attributes(values: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [ATTRIBUTE + name, value]));
}

function casesOf(target: TargetResult): readonly Case[] {
  const conclusive = target.verdict !== 'inconclusive' && target.verdict !== 'unsupported';
  const verdict: Case = {
    name: 'the search comes to a verdict',
    ...(conclusive ? {} : { error: { message: [target.verdict, ...target.reasons].map(named).join(': ') } }),
  };
  return [verdict, ...target.claims.map(claim => caseOf(claim, target))];
}

function caseOf({ id, verdict, judged }: ReportedClaim, target: TargetResult): Case {
  const name = `${id}: ${ALL_CLAIMS.find(claim => claim.id === id)?.title ?? id}`;
  const findings = target.findings.filter(finding => claimsOf(finding).includes(id));
  if (findings.length > 0) return { name, failure: failureOf(findings) };
  if (verdict === 'holds' || verdict === 'allowed') return { name };
  return {
    name,
    skipped:
      judged === 0 ? 'no scenario put this claim to the test' : 'not all of its deviations were looked into',
  };
}

function failureOf(findings: readonly MergedFinding[]): NonNullable<Case['failure']> {
  const text = findings
    .map(finding => `${printable(finding.fingerprint)}\n${findingText(finding)}\n`)
    .join('\n');
  return {
    message: findings.map(({ fingerprint, summary }) => named(`${fingerprint}: ${summary}`)).join('; '),
    type: findings.some(({ level }) => level === 'must') ? 'must' : 'should',
    text: text.length > MOST_TEXT ? `${text.slice(0, MOST_TEXT)}\n(${text.length} characters)` : text,
  };
}

function propertiesOf({
  latest,
  runs,
  baselines,
  verdict,
}: TargetResult): readonly (readonly [string, string])[] {
  return [
    ['verdict', verdict],
    ['address', named(latest.target.address)],
    ['software', named(latest.target.software ?? 'unknown')],
    ['seeds', runs.map(({ seed }) => seed).join(' ')],
    ['baselines', baselines.map(named).join(' ') || 'none'],
    ['scenarios', String(runs.reduce((sum, { stats }) => sum + stats.scenarios, 0))],
    ['version', named(latest.tool.version)],
  ];
}

function counts(cases: readonly Case[]): Readonly<Record<'tests' | 'failures' | 'errors', string>> {
  return {
    tests: String(cases.length),
    failures: String(cases.filter(({ failure }) => failure !== undefined).length),
    errors: String(cases.filter(({ error }) => error !== undefined).length),
  };
}

const seconds = (targets: readonly TargetResult[]): string =>
  targets.reduce((sum, { runs }) => sum + runs.reduce((own, run) => own + run.seconds, 0), 0).toFixed(3);

const named = (text: string): string => printable(text, 300);
