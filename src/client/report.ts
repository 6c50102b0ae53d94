/**
 * Findings and runs of the client role in the form that all reports share. Pure.
 *
 * A transcript is told as a server's is: what the client said, what it was answered, and what happened besides.
 */

import { alsoOf, idOf } from '../report/finding.ts';
import type { ReportedFinding } from '../report/report.ts';
import { shellWord } from '../report/shell.ts';
import { ReplyParser } from '../smtp/reply.ts';
import type { Entry as ToldEntry, Transcript } from '../transcript.ts';
import type { ClientFinding } from './finding.ts';
import { size } from './script.ts';
import { type ClientTranscript, connections, type Entry, lastWords } from './transcript.ts';

/** How a defect was seen, and where it was kept. */
interface Circumstances {
  readonly sightings: number;
  /** Claims that deviated by it. */
  readonly claims?: ReadonlySet<string>;
  readonly file?: string | undefined;
}

export function reportedClientFinding(
  { script, deviation, fingerprint, confirmed, minimal, example, withdraws }: ClientFinding,
  { sightings, claims, file }: Circumstances,
): ReportedFinding {
  const { claim, requirement, level, summary, step, used, fresh, signature, proof } = deviation;
  return {
    id: idOf(fingerprint),
    claim,
    ...alsoOf(claim, claims),
    requirement,
    level,
    summary,
    fingerprint,
    ...(withdraws === undefined ? {} : { withdraws }),
    confirmed,
    minimal,
    scenario: script,
    steps: size(script),
    difference: { at: step, used, fresh },
    transcripts: {
      used: told(example.used.transcript),
      ...(proof === 'sighting' || example.fresh === undefined
        ? {}
        : { fresh: told(example.fresh.transcript) }),
    },
    baseline: 'empty list',
    signature,
    proof,
    sightings,
    ...(file === undefined ? {} : { file, replay: `afresh replay ${shellWord(file)}` }),
  };
}

/** Of an endless run its beginning tells all. */
const MOST_ENTRIES = 100;

/** A run as a report tells it. */
export function told(transcript: ClientTranscript): Transcript {
  const { nonce, entries, exit } = transcript;
  const more = entries.length - MOST_ENTRIES;
  const secure = entries.some(entry => entry.secure);
  const ended = exit.kind === 'late' ? `is stopped after ${exit.waited} ms` : `exits with ${exit.code}`;
  const last = lastWords(exit);
  const end: ToldEntry = {
    at: entries.at(-1)?.at ?? 0,
    part: 'fence',
    step: 0,
    kind: 'event',
    text: `${more > 0 ? `(${more} more) ` : ''}the client ${ended}${last === '' ? '' : `: ${last}`}`,
  };
  return {
    nonce,
    upgrade: secure ? 'secure' : entries.length === 0 ? 'unreachable' : 'failed',
    entries: [...toldEntries(entries.slice(0, MOST_ENTRIES)), end],
    handlers: [],
    deliveries: [],
    connections: connections(transcript),
  };
}

function toldEntries(entries: readonly Entry[]): readonly ToldEntry[] {
  let connection = 0;
  // Steps in TLS are what the client did there, counted as observations count them.
  let step = -1;
  return entries.flatMap((entry): readonly ToldEntry[] => {
    if (entry.secure && entry.kind === 'said') step++;
    const where = {
      at: entry.at,
      part: entry.secure ? ('after' as const) : ('before' as const),
      step: entry.secure ? Math.max(0, step) : 0,
    };
    const opened: ToldEntry[] =
      entry.connection === connection
        ? []
        : [{ ...where, kind: 'event', text: `connection ${entry.connection + 1}` }];
    connection = entry.connection;
    return [...opened, ...toldEntry(entry, where)];
  });
}

type Where = Pick<ToldEntry, 'at' | 'part' | 'step'>;

function toldEntry(entry: Entry, where: Where): readonly ToldEntry[] {
  switch (entry.kind) {
    case 'said':
      return [
        ...(entry.early ? [{ ...where, kind: 'event', text: 'sent before that answer:' } as const] : []),
        { ...where, kind: 'sent', bytes: `${entry.text}\r\n` },
      ];
    case 'replied':
      return replies(entry.bytes, where);
    case 'stray':
      return [
        { ...where, kind: 'event', text: 'in plaintext, where only TLS may follow:' },
        { ...where, kind: 'sent', bytes: entry.bytes },
      ];
    case 'handshake':
      return [
        {
          ...where,
          kind: 'event',
          text: `TLS handshake ${entry.result} (${entry.detail})`,
        },
      ];
    case 'ended':
      return [{ ...where, kind: 'event', text: `the ${entry.by} ends the connection` }];
    case 'endless':
      return [{ ...where, kind: 'event', text: 'there is no end to it; the connection is cut' }];
  }
}

/** What was sent at once: whole replies, and what is left over without a line end. */
function replies(bytes: string, where: Where): readonly ToldEntry[] {
  const parser = new ReplyParser();
  parser.feed(bytes);
  const told: ToldEntry[] = [];
  for (let reply = parser.next(); reply !== undefined; reply = parser.next())
    told.push({ ...where, kind: 'received', reply });
  const rest = parser.rest();
  if (rest !== '') {
    const lines = rest.split('\r\n').filter(line => line !== '');
    told.push(
      ...lines.map(
        (line): ToldEntry => ({
          ...where,
          kind: 'received',
          reply: { kind: 'malformed', reason: 'no-code', bytes: line },
        }),
      ),
    );
  }
  return told;
}
