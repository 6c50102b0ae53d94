/** Transcript → what a report holds of it: all of it, unless a peer said more than anybody will read. Pure. */

import type { Entry, Transcript } from '../transcript.ts';

/** Characters of what comes before TLS, and of what comes in it. */
const MOST = 256 * 1_024;

export function excerpt(transcript: Transcript, most = MOST): Transcript {
  const isInTls = ({ part }: Entry): boolean => part === 'after' || part === 'fence';
  const before = transcript.entries.filter(entry => !isInTls(entry));
  const after = transcript.entries.filter(isInTls);
  return { ...transcript, entries: [...ends(before, most), ...ends(after, most)] };
}

/** The beginning and the end, and how much was left out between them. */
function ends(entries: readonly Entry[], most: number): readonly Entry[] {
  const head = fitting(entries, most / 2);
  const rest = entries.slice(head);
  const tail = fitting(rest.toReversed(), most / 2);
  const [first] = rest;
  const gone = rest.length - tail;
  if (first === undefined || gone === 0) return entries;
  const { at, part, step } = first;
  const note: Entry = { kind: 'event', at, part, step, text: `${gone} more, left out of the report` };
  return [...entries.slice(0, head), note, ...rest.slice(gone)];
}

/** How many of the first entries have so many characters together. */
function fitting(entries: readonly Entry[], most: number): number {
  let total = 0;
  const over = entries.findIndex(entry => {
    total += weight(entry);
    return total > most;
  });
  return over < 0 ? entries.length : over;
}

/** Characters of an entry as it is written, about. */
function weight(entry: Entry): number {
  const frame = 100;
  switch (entry.kind) {
    case 'sent':
    case 'stray':
      return frame + entry.bytes.length;
    case 'received':
      return (
        frame + (entry.reply.kind === 'reply' ? entry.reply.lines.join().length : entry.reply.bytes.length)
      );
    case 'event':
      return frame + entry.text.length;
    case 'handshake':
    case 'ended':
    case 'silence':
      return frame;
  }
}
