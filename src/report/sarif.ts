/**
 * Results → SARIF 2.1.0, for code scanning: a rule a claim, a result a finding, a thread flow a run. Pure.
 *
 * A finding is no place in a source file. It stands at the kept scenario where there is one, else at a path made of
 * the target’s name, which is the same in every run. The limits are those of GitHub’s code scanning; what exceeds
 * them would be refused or not shown.
 */

import { createHash } from 'node:crypto';
import type { CodeFlow, Location, Log, ReportingDescriptor, Result, ThreadFlowLocation } from 'sarif';
import { ALL_CLAIMS } from '../../properties/index.ts';
import { cited, REQUIREMENTS, type RequirementId } from '../smtp/requirements.ts';
import type { Transcript } from '../transcript.ts';
import { VERSION } from '../version.ts';
import { dialogue, isAt, placeOf, type Utterance } from './dialogue.ts';
import { plainJson, printable } from './printable.ts';
import { type MergedFinding, type Results, type TargetResult, targetsOf } from './results.ts';

/** Results of a run that are shown; 25,000 would be refused. */
const MOST_RESULTS = 5_000;
/** Locations of one thread flow, of 1,000 that a result may show; and of all, to stay below 10 MB in gzip. */
const MOST_LOCATIONS = { flow: 250, all: 40_000 };
const MOST_TEXT = 1_000;

export function sarif(results: Results): string {
  const targets = targetsOf(results);
  const rules = rulesOf(targets);
  const found = targets
    .flatMap(target => target.findings.map(finding => ({ finding, target })))
    .sort((one, other) => one.finding.level.localeCompare(other.finding.level))
    .slice(0, MOST_RESULTS);
  const share = Math.floor(MOST_LOCATIONS.all / (2 * Math.max(1, found.length)));
  const locations = Math.min(MOST_LOCATIONS.flow, share);
  const log: Log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'afresh', semanticVersion: VERSION, version: VERSION, rules: [...rules] } },
        automationDetails: { id: 'afresh/' },
        columnKind: 'utf16CodeUnits',
        invocations: targets.map(invocationOf),
        results: found.map(({ finding, target }) => ({
          ...resultOf(finding, target, rules),
          ...codeFlowsOf(finding, target, locations),
        })),
      },
    ],
  };
  return `${plainJson(log, 1)}\n`;
}

/** All claims, found violated or not, so that the rules are the same from run to run. */
function rulesOf(targets: readonly TargetResult[]): readonly ReportingDescriptor[] {
  const stored = targets.flatMap(({ claims }) => claims);
  const byId = new Map<string, RequirementId>(
    [...stored, ...ALL_CLAIMS].map(({ id, requirement }) => [printable(id, MOST_TEXT), requirement]),
  );
  return [...byId].map(([id, requirement]) => ruleOf(id, requirement));
}

function ruleOf(id: string, requirement: RequirementId): ReportingDescriptor {
  const title = ALL_CLAIMS.find(claim => claim.id === id)?.title ?? id;
  const { level } = REQUIREMENTS[requirement];
  const rule = cited(REQUIREMENTS[requirement]);
  const what = `${title}. ${rule}`;
  const how =
    'Each result shows two runs: one that spoke before STARTTLS, and one that did not. What they are told in TLS ' +
    'must not differ. Play it again with `afresh replay`.';
  return {
    id,
    name: title,
    shortDescription: { text: title },
    fullDescription: { text: what },
    help: { text: `${what}\n\n${how}`, markdown: `${title}.\n\n> ${rule}\n\n${how}` },
    defaultConfiguration: { level: level === 'must' ? 'error' : 'warning' },
    properties: { tags: ['security', 'smtp', 'starttls'], precision: 'very-high' },
  };
}

function invocationOf({ latest, verdict, reasons }: TargetResult) {
  return {
    executionSuccessful: verdict !== 'inconclusive' && verdict !== 'unsupported',
    startTimeUtc: latest.startedAt,
    exitCodeDescription: printable([verdict, ...reasons].join(': '), MOST_TEXT),
    properties: { target: printable(latest.target.name, MOST_TEXT), seed: latest.seed },
  };
}

function resultOf(
  finding: MergedFinding,
  target: TargetResult,
  rules: readonly ReportingDescriptor[],
): Result {
  const ruleId = printable(finding.claim, MOST_TEXT);
  const identity = createHash('sha256')
    .update(JSON.stringify([target.name, target.role, finding.claim, finding.fingerprint]))
    .digest('hex');
  return {
    ruleId,
    ruleIndex: rules.findIndex(({ id }) => id === ruleId),
    level: finding.level === 'must' ? 'error' : 'warning',
    message: {
      text: printable(`${target.name}: ${finding.fingerprint}: ${finding.summary}`, MOST_TEXT),
    },
    locations: [locationOf(finding, target)],
    // GitHub matches alerts by the first of these, whatever a tool means by it.
    partialFingerprints: { primaryLocationLineHash: identity, 'afresh/v1': identity },
    ...(finding.status === undefined
      ? {}
      : { baselineState: finding.status === 'new' ? 'new' : 'unchanged' }),
    properties: {
      fingerprint: printable(finding.fingerprint, MOST_TEXT),
      confirmed: printable(finding.confirmed, MOST_TEXT),
      minimal: finding.minimal,
      ...(finding.also === undefined ? {} : { also: finding.also.map(id => printable(id, MOST_TEXT)) }),
      ...(finding.replay === undefined ? {} : { replay: printable(finding.replay, MOST_TEXT) }),
    },
  };
}

function locationOf({ file }: MergedFinding, { name }: TargetResult, message?: string): Location {
  const path = file?.replaceAll('\\', '/').replace(/^\.\//, '');
  const inside = path !== undefined && !path.startsWith('/') && !path.split('/').includes('..');
  const uri = (inside ? path : `afresh/${name}`)
    .split('/')
    .map(part => encodeURIComponent(printable(part, 200)));
  return {
    physicalLocation: {
      artifactLocation: { uri: uri.join('/') },
      region: { startLine: 1 },
    },
    logicalLocations: [{ fullyQualifiedName: printable(name, MOST_TEXT), kind: 'resource' }],
    ...(message === undefined ? {} : { message: { text: message } }),
  };
}

function codeFlowsOf(
  finding: MergedFinding,
  target: TargetResult,
  most: number,
): { readonly codeFlows?: CodeFlow[] } {
  const { used, fresh } = finding.transcripts;
  const threadFlows = [
    { id: 'used connection', transcript: used },
    ...(fresh === undefined ? [] : [{ id: 'fresh connection', transcript: fresh }]),
  ].map(({ id, transcript }) => ({
    id,
    message: { text: id },
    locations: flowLocations(transcript, finding, target, most),
  }));
  const told = threadFlows.filter(({ locations }) => locations.length > 0);
  return told.length === 0 ? {} : { codeFlows: [{ threadFlows: told }] };
}

/** What was said, in order; of too much, what stands around the difference. */
function flowLocations(
  transcript: Transcript,
  finding: MergedFinding,
  target: TargetResult,
  most: number,
): ThreadFlowLocation[] {
  const isMarked = (utterance: Utterance): boolean => isAt(utterance, placeOf(finding));
  const said = dialogue(transcript, 200);
  const from = said.length <= most ? 0 : Math.max(0, said.findIndex(isMarked) - Math.floor(most / 2));
  return said.slice(from, from + most).map((utterance, index) => ({
    location: locationOf(finding, target, messageOf(utterance)),
    executionOrder: from + index,
    nestingLevel: utterance.secure ? 1 : 0,
    importance: isMarked(utterance) ? 'essential' : 'important',
  }));
}

const SPEAKERS = { client: 'C: ', server: 'S: ', event: '' } as const;

function messageOf({ speaker, lines }: Utterance): string {
  const more = lines.length > 20 ? [`(${lines.length - 20} more lines)`] : [];
  return [...lines.slice(0, 20).map(line => SPEAKERS[speaker] + line), ...more].join('\n') || '(nothing)';
}
