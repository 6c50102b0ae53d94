/** Faults of parsers and buffers: plaintext that is run in TLS, or answered where only TLS is spoken. */

import type { Session } from '../../../smtp/session.ts';
import { type Behaviour, NO_FIELDS, type Upgrading } from '../behaviour.ts';
import { type Fault, fault } from './fault.ts';

/** Of the bytes that waited, these are left for TLS. */
function leaves(name: string, title: string, left: (pending: string) => string): Fault {
  return fault('buffer', name, title, {
    flipped: () => new Set(['pending']),
    upgraded: session => ({ ...session, pending: left(session.pending) }),
  });
}

/** Pieces of a text, each with its line end; the last may lack it. */
const pieces = (text: string): readonly string[] => text.split(/(?<=\n)/);

const isLine = (piece: string): boolean => piece.endsWith('\n');

/** Past so many bytes a reader of fixed size leaves the rest in the socket. */
const SMALL_BUFFER = 1_024;
const LARGE_BUFFER = 16_384;

const unfinishedChunks = (session: Session, { session: old }: Upgrading): Session => ({
  ...session,
  pending: old.chunks ?? '',
});

/** A segment of its own, behind the 220, waits for TLS; what came with STARTTLS was dropped. */
const SECOND_SEGMENT: Partial<Behaviour> = {
  behindStarttls: 'drop',
  afterReady: 'keep',
  flipped: () => new Set(['pending']),
};

export const BUFFERS: readonly Fault[] = [
  leaves('runs-whole-lines', 'whole lines behind STARTTLS run in TLS; a fragment is dropped', pending =>
    pieces(pending).filter(isLine).join(''),
  ),
  leaves(
    'keeps-fragment',
    'a fragment behind STARTTLS is put in front of the first line in TLS; whole lines are dropped',
    pending => pieces(pending).find(piece => !isLine(piece)) ?? '',
  ),
  leaves('runs-bare-lf', 'lines behind STARTTLS run in TLS if they end in a bare LF', pending =>
    pieces(pending)
      .filter(piece => isLine(piece) && !piece.endsWith('\r\n'))
      .join(''),
  ),
  leaves(
    'runs-all-but-first-line',
    'the first line behind STARTTLS is dropped, all further ones run',
    pending => pieces(pending).slice(1).join(''),
  ),
  leaves('runs-last-line', 'the last line behind STARTTLS runs in TLS', pending =>
    pieces(pending).filter(isLine).slice(-1).join(''),
  ),
  leaves(
    'keeps-much-pending',
    'what waits behind STARTTLS is left for TLS where it is over 100 bytes',
    pending => (pending.length > 100 ? pending : ''),
  ),
  fault(
    'buffer',
    'keeps-pending-split',
    'what waits behind a STARTTLS that came in two segments runs in TLS',
    {
      flipped: ({ split }) => (split ? new Set(['pending']) : NO_FIELDS),
    },
  ),
  leaves('runs-burst-beyond-1k', 'lines behind STARTTLS run in TLS beyond the first 1,024 bytes', pending =>
    pending.slice(SMALL_BUFFER),
  ),
  leaves('runs-burst-beyond-16k', 'lines behind STARTTLS run in TLS beyond the first 16,384 bytes', pending =>
    pending.slice(LARGE_BUFFER),
  ),
  fault(
    'buffer',
    'runs-second-segment',
    'plaintext between the 220 and the ClientHello runs in TLS',
    SECOND_SEGMENT,
  ),
  fault(
    'buffer',
    'answers-behind-starttls',
    'lines behind STARTTLS run at once and are answered in the clear',
    {
      behindStarttls: 'run',
    },
  ),
  fault(
    'buffer',
    'answers-second-segment',
    'lines between the 220 and the ClientHello are answered in the clear',
    {
      afterReady: 'answer',
    },
  ),
  fault('buffer', 'runs-chunks', 'the bytes of unfinished BDAT chunks are taken for commands in TLS', {
    upgraded: unfinishedChunks,
  }),
];
