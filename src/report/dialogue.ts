/**
 * Transcript → what the two sides said, in order: the form in which every report shows a run. Pure.
 *
 * Lines are printable: no byte of a target may steer a terminal, or hide from a reader.
 */

import { isScript } from '../client/script.ts';
import type { Malformed, Reply } from '../smtp/reply.ts';
import { recordLength } from '../tls-record.ts';
import type { Delivery, Entry, Part, Transcript } from '../transcript.ts';
import { printable } from './printable.ts';
import type { ReportedFinding } from './report.ts';

export interface Utterance {
  /** Milliseconds since the connection was opened. */
  readonly at: number;
  readonly part: Part;
  /** As in the transcript; the fence counts as one behind the last step of `after`. */
  readonly step: number;
  readonly speaker: 'client' | 'server' | 'event';
  /** Whether it was said in TLS. */
  readonly secure: boolean;
  /** Printable, without line ends; never empty. */
  readonly lines: readonly string[];
}

/** One utterance an entry, and one a message that was delivered; of a line, `most` characters are shown. */
export function dialogue({ entries, deliveries }: Transcript, most = 1_000): readonly Utterance[] {
  const fence = 1 + (entries.findLast(entry => entry.part === 'after')?.step ?? -1);
  let secure = false;
  let part: Part | undefined;
  const said = entries.map(entry => {
    // The ticket was made on a connection of its own.
    if (part === 'ticket' && entry.part !== 'ticket') secure = false;
    part = entry.part;
    const { speaker, lines } = spoken(entry);
    const utterance: Utterance = {
      at: entry.at,
      part: entry.part,
      step: entry.part === 'fence' ? fence : entry.step,
      secure,
      speaker,
      lines: lines.map(line => printable(line, most)),
    };
    if (entry.kind === 'handshake' && entry.result.kind === 'completed') secure = true;
    return utterance;
  });
  return deliveries.reduce<readonly Utterance[]>((all, delivery) => withDelivery(all, delivery, most), said);
}

/** Lines of a delivered message that are shown. */
const MOST_DELIVERED = 20;

/** What was delivered stands behind all that was said of the message: the lines that the client did not say then. */
function withDelivery(
  all: readonly Utterance[],
  { step, text }: Delivery,
  most: number,
): readonly Utterance[] {
  const at = all.findLastIndex(one => one.part === 'after' && one.step === step);
  const last = all[at];
  if (last === undefined) return all;
  const sent = new Set(all.flatMap(one => (one.part === 'after' && one.step === step ? one.lines : [])));
  const added = (text ?? '')
    .split(/\r?\n/)
    .map(line => printable(line, most))
    .filter(line => line.trim() !== '' && !sent.has(line) && !sent.has(`.${line}`));
  const shown = added.slice(0, MOST_DELIVERED);
  const more = added.length - shown.length;
  if (text !== undefined && added.length === 0) return all;
  const lines =
    text === undefined
      ? ['the message was not delivered in time']
      : ['the message was delivered with', ...shown, ...(more > 0 ? [`(${more} more lines)`] : [])];
  return all.toSpliced(at + 1, 0, { ...last, speaker: 'event', lines });
}

/**
 * What the summary of a finding leaves open: of what proves itself, what was seen and what was to be expected; and which
 * words the letters in it stand for. Nothing for most findings.
 */
export function particulars({
  proof,
  summary,
  difference: { used, fresh },
  transcripts,
}: Pick<ReportedFinding, 'proof' | 'summary' | 'difference' | 'transcripts'>): readonly string[] {
  if (proof === 'sighting') return [`seen: ${used}; expected: ${fresh}`];
  const tokens = [
    ...tokensIn(used, summary).map(name => `<${name}> is ${transcripts.used.nonce}${name}`),
    ...tokensIn(fresh, summary).map(
      name => `<${name}> is ${transcripts.fresh?.nonce ?? ''}${name} on the fresh connection`,
    ),
  ];
  return tokens.length === 0 ? [] : [`where ${tokens.join(', ')}`];
}

/** The letters of the tokens in a text that the summary has, too. */
const tokensIn = (text: string, summary: string): readonly string[] =>
  summary.includes(text) ? [...new Set([...text.matchAll(/<([a-z])>/g)].map(([, name = '']) => name))] : [];

/** Where in the dialogue a finding shows: a step of `after`, -1 for the upgrade itself. Undefined: in a handler's state. */
export const placeOf = ({ scenario, difference }: ReportedFinding): number | undefined =>
  isScript(scenario) || difference.at <= scenario.after.length ? difference.at : undefined;

/** Whether it belongs to the place where the runs first differ. */
export function isAt({ part, step }: Pick<Utterance, 'part' | 'step'>, place: number | undefined): boolean {
  if (place === undefined) return false;
  if (place < 0) return part === 'upgrade';
  // A close leaves no trace, so that the fence may stand for a later step than it seems.
  return part === 'fence' ? place >= step : part === 'after' && step === place;
}

function spoken(entry: Entry): Pick<Utterance, 'speaker' | 'lines'> {
  switch (entry.kind) {
    case 'sent':
      return { speaker: 'client', lines: sentLines(entry.bytes) };
    case 'received':
      return { speaker: 'server', lines: replyLines(entry.reply) };
    case 'stray':
      return { speaker: 'server', lines: strayLines(entry.bytes) };
    case 'handshake':
      return { speaker: 'event', lines: [`TLS handshake ${handshake(entry.result)}`] };
    case 'ended':
      return {
        speaker: 'event',
        lines: [`the server ends the connection${entry.how === 'reset' ? ' (RST)' : ''}`],
      };
    case 'silence':
      return { speaker: 'event', lines: [`no answer within ${Math.round(entry.waited)} ms`] };
    case 'event':
      return { speaker: 'event', lines: [entry.text] };
  }
}

const strayLines = (bytes: string): readonly string[] =>
  bytes
    .replace(/\r\n$/, '')
    .split('\r\n')
    .map(line => `(in plaintext) ${line}`);

/** How a record begins in which a ClientHello goes, or what is sent in its place: its type, and the first half of a version. */
const HANDSHAKE_RECORD = '\x16\x03';

/** Lines as they are; of a TLS record only how long it is, since nobody reads it. */
function sentLines(bytes: string): readonly string[] {
  const at = bytes.indexOf(HANDSHAKE_RECORD);
  if (at < 0) return textLines(bytes);
  const record = bytes.slice(at);
  const whole = recordLength(record) ?? record.length;
  const size = record.length < whole ? `${record.length} of ${whole}` : record.length;
  return [...(at === 0 ? [] : textLines(bytes.slice(0, at))), `(a TLS handshake record: ${size} octets)`];
}

/** How a line ends is told where it is not by CRLF: that is what some faults are about. */
const textLines = (bytes: string): readonly string[] =>
  bytes.split(/(?<=\n)/).map(line => {
    const [, text = '', ending] = /^(.*?)(\r?\n)?$/s.exec(line) ?? [];
    if (ending === undefined) return `${text} (no line end)`;
    return ending === '\n' ? `${text} (bare LF)` : text;
  });

function handshake(result: Extract<Entry, { kind: 'handshake' }>['result']): string {
  if (result.kind === 'completed') return `completed (${result.version}${result.resumed ? ', resumed' : ''})`;
  return result.kind === 'failed' ? `failed: ${result.reason}` : 'not answered';
}

function replyLines(reply: Reply | Malformed): readonly string[] {
  if (reply.kind === 'malformed') return [reply.bytes];
  const enhanced = reply.enhanced === undefined ? '' : `${reply.enhanced} `;
  return reply.lines.map(
    (line, index) => `${reply.code}${index === reply.lines.length - 1 ? ' ' : '-'}${enhanced}${line}`,
  );
}

/** What stands before what each side said. */
export const PREFIX = { client: 'C: ', server: 'S: ', event: '-- ' } as const;
const WIDTH = 100;
const MOST_LINES = 60;

/** `C:` and `S:` lines, `mostLines` of them; the step where the runs first differ is marked. */
export function transcriptLines(
  transcript: Transcript,
  place: number | undefined,
  mostLines = MOST_LINES,
): readonly string[] {
  const lines = dialogue(transcript, WIDTH).flatMap(utterance => {
    const mark = isAt(utterance, place) ? '>>' : '  ';
    return utterance.lines.map(line => `  ${mark} ${PREFIX[utterance.speaker]}${line}`);
  });
  const more = lines.length - mostLines;
  return more <= 0 ? lines : [...lines.slice(0, mostLines), `     (${more} more lines)`];
}
