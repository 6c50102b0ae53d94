/**
 * The schema of a stored result: what `--json` writes and `afresh report` reads. Published as
 * `schemas/report.json`, which `test/report/schema.test.ts` keeps up to date.
 *
 * Objects are open: a result of a later version may say more, and what it says is kept. A field that is added to
 * `Report` is added here, with a default where older results lack it; one that is not optional and missing here does not compile.
 */

import { z } from 'zod';
import { Script } from '../client/script.ts';
import { parsed } from '../document.ts';
import type { MeasuredLimit } from '../limits/measured.ts';
import type { Note } from '../note.ts';
import { Scenario } from '../scenario.ts';
import { REQUIREMENTS, type RequirementId } from '../smtp/requirements.ts';
import { TargetError } from '../targets/target.ts';
import type { Transcript } from '../transcript.ts';
import { type Report, type ReportedFinding, VERDICTS } from './report.ts';

const text = z.string();
const count = z.number().min(0);
const open = z.looseObject;
const Requirement = z.enum(Object.keys(REQUIREMENTS) as [RequirementId, ...RequirementId[]]);

const Reply = z.discriminatedUnion('kind', [
  open({
    kind: z.literal('reply'),
    code: z.int().min(200).max(599),
    enhanced: text.exactOptional(),
    lines: z.array(text),
  }),
  open({
    kind: z.literal('malformed'),
    reason: z.enum(['no-code', 'code-changed', 'too-long']),
    bytes: text,
  }),
]);

const HandshakeResult = z.discriminatedUnion('kind', [
  open({ kind: z.literal('completed'), version: text, resumed: z.boolean() }),
  open({ kind: z.literal('failed'), reason: text }),
  open({ kind: z.literal('silence') }),
]);

const where = {
  at: z.number(),
  part: z.enum(['ticket', 'greeting', 'before', 'upgrade', 'after', 'fence']),
  step: z.int().min(0),
};
const Entry = z.discriminatedUnion('kind', [
  open({ ...where, kind: z.literal('sent'), bytes: text }),
  open({ ...where, kind: z.literal('received'), reply: Reply }),
  open({ ...where, kind: z.literal('stray'), bytes: text }),
  open({ ...where, kind: z.literal('handshake'), result: HandshakeResult }),
  open({ ...where, kind: z.literal('ended'), how: z.enum(['fin', 'reset']) }),
  open({ ...where, kind: z.literal('silence'), waited: z.number() }),
  open({ ...where, kind: z.literal('event'), text }),
]);

/** What is written as `undefined` is not in the JSON at all. */
const StoredTranscript = open({
  nonce: text,
  upgrade: z.enum(['secure', 'failed', 'silent', 'refused', 'lost', 'unreachable']),
  entries: z.array(Entry),
  handlers: z.array(open({ hook: text, state: z.unknown() })),
  deliveries: z.array(open({ step: z.int(), text: text.optional() })),
  connections: count,
}) as unknown as z.ZodType<Transcript>;

export const StoredFinding: z.ZodType<ReportedFinding> = open({
  id: text,
  claim: text,
  also: z.array(text).exactOptional(),
  requirement: Requirement,
  level: z.enum(['must', 'should']),
  summary: text,
  fingerprint: text,
  confirmed: text,
  minimal: z.boolean(),
  withdraws: text.exactOptional(),
  scenario: z.union([Scenario, Script]),
  steps: count,
  difference: open({ at: z.int(), used: text, fresh: text }),
  transcripts: open({ used: StoredTranscript, fresh: StoredTranscript.exactOptional() }),
  baseline: text,
  signature: text,
  proof: z.enum(['pair', 'sighting']),
  sightings: count,
  history: z.enum(['new', 'still-there']).exactOptional(),
  known: text.exactOptional(),
  file: text.exactOptional(),
  replay: text.exactOptional(),
});

export const StoredNotes: z.ZodType<readonly Note[]> = z.array(
  open({
    kind: z.enum([
      'unstable',
      'unconfirmed',
      'cross-connection',
      'tls-knowledge',
      'elapsed-time',
      'differs-from-implicit-tls',
      'noise',
      'allowed',
      'known',
      'skipped',
      'restarted',
      'gone',
      'deviation',
      'untested',
    ]),
    text,
    about: z.enum(['login', 'implicit-tls']).exactOptional(),
  }),
);

export const StoredLimits: z.ZodType<readonly MeasuredLimit[]> = z.array(
  open({
    limit: text,
    threshold: z.number().exactOptional(),
    kept: z.enum(['kept', 'forgotten', 'none', 'unknown']),
    explained: count,
    counts: text.exactOptional(),
    plaintext: count.exactOptional(),
    none: count.exactOptional(),
    atStarttls: z.enum(['kept', 'restarted', 'forgotten', 'sometimes']).exactOptional(),
    tried: text.exactOptional(),
    refusal: text.exactOptional(),
    within: text.exactOptional(),
    reason: text.exactOptional(),
    stopped: z.literal(true).exactOptional(),
    example: open({
      scenario: Scenario,
      summary: text,
      at: z.number(),
      lead: count,
      transcripts: open({
        used: StoredTranscript,
        fresh: StoredTranscript,
        transplanted: StoredTranscript,
      }),
    }).exactOptional(),
  }),
);

export const StoredReport: z.ZodType<Report> = open({
  schema: z.literal(1),
  tool: open({ name: z.literal('afresh'), version: text }),
  startedAt: z.iso.datetime({ offset: true }),
  seconds: count,
  seed: z.number(),
  role: z.enum(['server', 'client']),
  target: open({
    name: text,
    address: text,
    software: text.exactOptional(),
    command: z.array(text).exactOptional(),
    recipient: text.exactOptional(),
    helo: text.exactOptional(),
  }),
  verdict: z.enum(VERDICTS),
  reason: text.exactOptional(),
  otherwise: open({ verdict: z.enum(VERDICTS), reason: text.exactOptional() }).exactOptional(),
  baselines: z.array(text),
  claims: z.array(open({ id: text, requirement: Requirement, verdict: z.enum(VERDICTS), judged: count })),
  notes: StoredNotes,
  findings: z.array(StoredFinding),
  limits: StoredLimits,
  coverage: open({
    states: count,
    transitions: count,
    discovery: z.number().min(0).max(1),
    upgrades: z.array(text).exactOptional(),
    pairs: count.exactOptional(),
    triples: count.exactOptional(),
  }),
  reached: z.array(open({ scenario: Scenario, transitions: z.array(text) })).exactOptional(),
  differing: z.array(Scenario).exactOptional(),
  curve: z
    .array(open({ seconds: count, scenarios: count, transitions: count, discovery: z.number() }))
    .exactOptional(),
  stats: open({
    scenarios: count,
    judged: count,
    connections: count,
    connectionsPerSecond: count,
    handshakes: count,
    seconds: count,
    retries: count,
    inconclusive: count,
    vacuous: count,
    connectionsPerScenario: count,
    outcomes: z.record(text, count),
  }),
  grounds: open({
    alive: z.boolean(),
    unheard: z.literal(true).exactOptional(),
    supported: z.boolean(),
    obstacle: text.exactOptional(),
    closed: text.exactOptional(),
    interrupted: z.literal(true).exactOptional(),
    turnedAway: count.exactOptional(),
    recipientKnown: z.boolean(),
    transactions: count,
    loginKnown: z.boolean().exactOptional(),
    logins: open({ before: count, inTls: count, refused: count }).exactOptional(),
    wanted: z.array(text),
    unmeasured: z.array(text).exactOptional(),
    stale: z.array(text).exactOptional(),
    late: count.exactOptional(),
    glimpses: count.exactOptional(),
    passing: count.exactOptional(),
  }).exactOptional(),
});

/** One result, or a list of them: what `--json` of `check` and of `report` write. */
export const StoredReports = z.union([StoredReport, z.array(StoredReport)]);

/** A result is less than 20 levels deep; what a target's hooks were given is within it, and may be anything. */
const MOST_DEPTH = 200;

const isDeeper = (value: unknown, most: number): boolean =>
  typeof value === 'object' &&
  value !== null &&
  (most === 0 || Object.values(value).some(part => isDeeper(part, most - 1)));

/** The results that a file holds; a `TargetError` says in one line why it holds none. */
export function reportsIn(file: string, json: unknown): readonly Report[] {
  const list = Array.isArray(json) ? json : [json];
  return list.map(one => {
    const { schema, tool } = Object(one) as { schema?: unknown; tool?: { name?: unknown } };
    if (tool?.name !== 'afresh')
      throw new TargetError(`${file}: not a result of afresh; check --json FILE writes one`);
    if (schema !== 1)
      throw new TargetError(`${file}: schema ${JSON.stringify(schema)}, this afresh knows schema 1 only`);
    if (isDeeper(one, MOST_DEPTH))
      throw new TargetError(`${file}: nested more than ${MOST_DEPTH} levels deep`);
    return parsed(file, one, StoredReport);
  });
}
