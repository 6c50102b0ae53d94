/**
 * Where a command, a message or a chunk ends in the bytes that have arrived. Pure; what is made of it is not known here.
 */

/** What the next bytes are taken for. */
export type Mode =
  | { readonly kind: 'commands' }
  /** The rest of a line that is too long; its one reply is said at its end. */
  | { readonly kind: 'overlong' }
  | { readonly kind: 'message' }
  | { readonly kind: 'chunk'; readonly length: number; readonly last: boolean; readonly refused: boolean }
  | { readonly kind: 'handshake' }
  | { readonly kind: 'closed' };

/** What has been read in full. */
export type Piece =
  | { readonly kind: 'line' | 'message'; readonly text: string }
  | { readonly kind: 'chunk'; readonly text: string; readonly last: boolean }
  | { readonly kind: 'line-too-long' | 'message-too-big' };

/** So many bytes are consumed, and what the next ones are taken for. */
export interface Cut {
  readonly length: number;
  readonly mode: Mode;
  readonly piece?: Piece;
}

export const COMMANDS: Mode = { kind: 'commands' };
/** Bytes, without and with which a server has to do (RFC 5321, section 4.5.3.1). */
const MAX_LINE = 2_048;
export const MAX_MESSAGE = 10_485_760;

/** Undefined where more bytes are needed, or where only a handshake or an end may come. */
export function cut(pending: string, mode: Mode): Cut | undefined {
  switch (mode.kind) {
    case 'commands':
      return cutLine(pending);
    case 'overlong':
      return cutRest(pending);
    case 'message':
      return cutMessage(pending);
    case 'chunk':
      return mode.refused ? cutRefused(pending, mode) : cutChunk(pending, mode);
    case 'handshake':
    case 'closed':
      return undefined;
  }
}

function cutLine(pending: string): Cut | undefined {
  const end = pending.indexOf('\n');
  if ((end < 0 ? pending.length : end) >= MAX_LINE) return { length: 0, mode: { kind: 'overlong' } };
  if (end < 0) return undefined;
  const text = pending.slice(0, pending[end - 1] === '\r' ? end - 1 : end);
  return { length: end + 1, mode: COMMANDS, piece: { kind: 'line', text } };
}

function cutRest(pending: string): Cut | undefined {
  const end = pending.indexOf('\n');
  if (end >= 0) return { length: end + 1, mode: COMMANDS, piece: { kind: 'line-too-long' } };
  return pending === '' ? undefined : { length: pending.length, mode: { kind: 'overlong' } };
}

function cutMessage(pending: string): Cut | undefined {
  const empty = pending.startsWith('.\r\n');
  const end = empty ? 0 : pending.indexOf('\r\n.\r\n');
  if (end < 0)
    return pending.length <= MAX_MESSAGE
      ? undefined
      : { length: 0, mode: COMMANDS, piece: { kind: 'message-too-big' } };
  const stuffed = empty ? '' : pending.slice(0, end + 2);
  const text = stuffed.replace(/(^|\r\n)\./g, '$1');
  return { length: empty ? 3 : end + 5, mode: COMMANDS, piece: { kind: 'message', text } };
}

type Chunk = Extract<Mode, { kind: 'chunk' }>;

function cutChunk(pending: string, { length, last }: Chunk): Cut | undefined {
  if (pending.length < length) return undefined;
  return { length, mode: COMMANDS, piece: { kind: 'chunk', text: pending.slice(0, length), last } };
}

/** The bytes of a refused chunk are thrown away as they come (RFC 3030, section 2). */
function cutRefused(pending: string, mode: Chunk): Cut | undefined {
  const length = Math.min(mode.length, pending.length);
  const left = mode.length - length;
  if (left === 0) return { length, mode: COMMANDS };
  return length === 0 ? undefined : { length, mode: { ...mode, length: left } };
}
