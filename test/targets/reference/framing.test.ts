import { describe, expect, test } from 'vitest';
import { COMMANDS, cut, MAX_MESSAGE, type Mode, type Piece } from '../../../src/targets/reference/framing.ts';

/** All pieces of what arrives in these segments; `next` tells what comes behind each. */
function pieces(segments: readonly string[], first: Mode, next: (piece: Piece) => Mode | undefined) {
  const seen: Piece[] = [];
  let mode = first;
  let pending = '';
  for (const segment of segments) {
    pending += segment;
    for (let one = cut(pending, mode); one !== undefined; one = cut(pending, mode)) {
      pending = pending.slice(one.length);
      mode = one.mode;
      if (one.piece === undefined) continue;
      seen.push(one.piece);
      mode = next(one.piece) ?? mode;
    }
  }
  return { seen, pending, mode };
}

const line = (text: string): Piece => ({ kind: 'line', text });
const MESSAGE: Mode = { kind: 'message' };
const chunk = (length: number, refused = false): Mode => ({ kind: 'chunk', length, last: true, refused });
const long = 'x'.repeat(5_000);

describe.each<[string, string, Mode, (piece: Piece) => Mode | undefined, readonly Piece[]]>([
  [
    'lines, ended by CRLF or LF',
    'NOOP\r\nRSET\n\r\n',
    COMMANDS,
    () => undefined,
    [line('NOOP'), line('RSET'), line('')],
  ],
  ['a bare CR is part of its line', 'NO\rOP\r\r\n', COMMANDS, () => undefined, [line('NO\rOP\r')]],
  [
    'a line that is too long, once',
    `${long}\r\nNOOP\r\n`,
    COMMANDS,
    () => undefined,
    [{ kind: 'line-too-long' }, line('NOOP')],
  ],
  [
    'an empty message',
    '.\r\nNOOP\r\n',
    MESSAGE,
    () => undefined,
    [{ kind: 'message', text: '' }, line('NOOP')],
  ],
  [
    'a message, its dots unstuffed',
    '..a\r\n..\r\n.b\r\n.\r\nNOOP\r\n',
    MESSAGE,
    () => undefined,
    [{ kind: 'message', text: '.a\r\n.\r\nb\r\n' }, line('NOOP')],
  ],
  [
    'a chunk, whatever is in it',
    'a\r\n.\r\nNOOP\r\n',
    chunk(6),
    () => undefined,
    [{ kind: 'chunk', text: 'a\r\n.\r\n', last: true }, line('NOOP')],
  ],
  [
    'a chunk of nothing',
    'NOOP\r\n',
    chunk(0),
    () => undefined,
    [{ kind: 'chunk', text: '', last: true }, line('NOOP')],
  ],
  [
    'a chunk that was refused is no piece',
    'a\r\n.\r\nNOOP\r\n',
    chunk(6, true),
    () => undefined,
    [line('NOOP')],
  ],
  [
    'nothing behind STARTTLS',
    'STARTTLS\r\nNOOP\r\n',
    COMMANDS,
    () => ({ kind: 'handshake' }),
    [line('STARTTLS')],
  ],
])('%s', (_, bytes, mode, next, expected) => {
  test('read whole', () => {
    expect(pieces([bytes], mode, next).seen).toEqual(expected);
  });
  test('read byte by byte', () => {
    expect(pieces([...bytes], mode, next).seen).toEqual(expected);
  });
});

test('of a line and of a message that do not end no more is kept than they may have', () => {
  expect(pieces([long], COMMANDS, () => undefined)).toMatchObject({ seen: [], pending: '' });
  const endless = 'x'.repeat(MAX_MESSAGE + 1);
  expect(pieces([endless], MESSAGE, () => ({ kind: 'closed' })).seen).toEqual([{ kind: 'message-too-big' }]);
});
