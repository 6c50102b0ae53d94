import { describe, expect, test } from 'vitest';
import { Dialogue, type Turn } from '../../src/client/dialogue.ts';
import { CLEAN, type Verb } from '../../src/client/script.ts';
import { spell } from '../../src/client/spell.ts';

const { secure } = spell({ errand: {}, before: [], upgrade: CLEAN, after: [] }, { nonce: 'zabcdefghi' });

/** All turns of what is fed in pieces. */
function turns(pieces: readonly string[], answers = secure): readonly Turn[] {
  const dialogue = new Dialogue(1_000);
  return pieces.flatMap(piece => {
    dialogue.feed(piece);
    const taken: Turn[] = [];
    for (let turn = dialogue.next(answers); turn !== undefined; turn = dialogue.next(answers))
      taken.push(turn);
    return taken;
  });
}

/** What is said where these are refused the first time. */
function answeredOnce(bytes: string, ...refused: readonly Verb[]): readonly string[] {
  const before = refused.map(to => ({ kind: 'answer', to, code: 451, lines: 1, once: true }) as const);
  const { plaintext } = spell({ errand: {}, before, upgrade: CLEAN, after: [] }, { nonce: 'zabcdefghi' });
  return turns([bytes], plaintext).map(({ answer }) =>
    typeof answer === 'string' ? answer : answer.send.slice(0, 3),
  );
}

const told = (bytes: string): readonly string[] =>
  turns([bytes]).map(({ verb, text, answer }) =>
    [verb, text, typeof answer === 'string' ? answer : answer.send.slice(0, 3)].join('|'),
  );

const CASES: Readonly<Record<string, readonly [bytes: string, turns: readonly string[]]>> = {
  'a command is a line': ['EHLO a\r\nquit\nMAIL', ['ehlo|EHLO a|250', 'quit|quit|221']],
  'a message ends with a dot': [
    'DATA\r\nSubject: a\r\n\r\n..b\r\n.\r\nNOOP\r\n',
    ['data|DATA|354', 'message|Subject: a\r\n\r\n..b|250', 'noop|NOOP|250'],
  ],
  'an empty message is one': ['DATA\r\n.\r\n', ['data|DATA|354', 'message||250']],
  'a chunk is so many octets, whatever they say': [
    'BDAT 6\r\nQUIT\r\nBDAT 0 LAST\r\nQUIT\r\n',
    [
      'bdat|BDAT 6|none',
      'message|QUIT\r\n|250',
      'bdat-last|BDAT 0 LAST|none',
      'message||250',
      'quit|QUIT|221',
    ],
  ],
  'a login has as many lines as it has challenges': [
    'AUTH LOGIN\r\ndQ==\r\ncA==\r\nNOOP\r\n',
    ['auth|AUTH LOGIN|334', 'dialogue|dQ==|334', 'dialogue|cA==|235', 'noop|NOOP|250'],
  ],
  'what DIGEST-MD5 proves of the server is a challenge, too': [
    'AUTH DIGEST-MD5\r\ndQ==\r\n\r\n',
    ['auth|AUTH DIGEST-MD5|334', 'dialogue|dQ==|334', 'dialogue||235'],
  ],
  'an initial response answers the first': ['AUTH PLAIN AHUAcA==\r\n', ['auth|AUTH PLAIN AHUAcA==|235']],
  'a login can be given up': [
    'AUTH PLAIN\r\n*\r\nQUIT\r\n',
    ['auth|AUTH PLAIN|334', 'dialogue|*|501', 'quit|QUIT|221'],
  ],
  'a mechanism that nobody knows is refused': [
    'AUTH NTLM\r\nQUIT\r\n',
    ['auth|AUTH NTLM|502', 'quit|QUIT|221'],
  ],
  'STARTTLS is for others to answer': ['STARTTLS\r\n', ['starttls|STARTTLS|STARTTLS']],
};

describe('what a client says', () => {
  test.each(Object.entries(CASES))('%s', (_, [bytes, expected]) => {
    expect(told(bytes)).toEqual(expected);
    expect(turns([...bytes]), 'byte by byte').toEqual(turns([bytes]));
  });

  test('may be refused once, and is answered as usual from then on, each command by itself', () => {
    expect(answeredOnce('EHLO a\r\nNOOP\r\nEHLO a\r\nEHLO a\r\nNOOP\r\n', 'ehlo', 'noop')).toEqual([
      '451',
      '451',
      '250',
      '250',
      '250',
    ]);
    expect(answeredOnce('DATA\r\nDATA\r\na\r\n.\r\nNOOP\r\n', 'data')).toEqual(['451', '354', '250', '250']);
    expect(answeredOnce('AUTH PLAIN AA==\r\nAUTH PLAIN AA==\r\n', 'auth')).toEqual(['451', '235']);
    expect(answeredOnce('AUTH PLAIN AA==\r\nAUTH PLAIN AA==\r\n', 'credentials')).toEqual(['451', '235']);
    expect(answeredOnce('BDAT 1 LAST\r\naBDAT 1 LAST\r\na', 'message')).toEqual([
      'none',
      '451',
      'none',
      '250',
    ]);
  });

  test('is no line where it goes on for ever without an end', () => {
    const dialogue = new Dialogue(1_000);
    dialogue.feed('A'.repeat(200_000));
    expect(dialogue.isOverlong).toBe(false);
    dialogue.feed('A'.repeat(100_000));
    expect(dialogue.isOverlong).toBe(true);
    dialogue.feed('\r\n');
    expect(dialogue.isOverlong).toBe(false);
  });

  test('is ahead of the answer where a further line is there', () => {
    const dialogue = new Dialogue(1_000);
    dialogue.feed('EHLO a\r\nMAIL');
    dialogue.next(secure);
    expect(dialogue.ahead).toBe(false);
    dialogue.feed(' FROM:<a>\r\n');
    expect(dialogue.ahead).toBe(true);
    expect(dialogue.rest()).toBe('MAIL FROM:<a>\r\n');
    expect(dialogue.ahead).toBe(false);
  });
});
