/** What is made equal in what a client did in TLS, and what is not. */

import { describe, expect, test } from 'vitest';
import { observeClient } from '../../src/client/observe.ts';
import type { ClientTranscript, Entry } from '../../src/client/transcript.ts';
import { saying } from './acted.ts';

const NONCE = 'zabcdefghi';
const base64 = (text: string): string => Buffer.from(text, 'latin1').toString('base64');

/** The words of the acts in the first session. */
const words = (transcript: ClientTranscript): readonly string[] =>
  observeClient(transcript).sessions[0]?.map(({ text }) => text) ?? [];

/** A run in which these entries come before TLS. */
const behind = (entries: readonly Entry[], transcript: ClientTranscript): ClientTranscript => ({
  ...transcript,
  entries: [...entries, ...transcript.entries],
});
const replied = (bytes: string, secure: boolean): Entry => ({
  at: 0,
  connection: 0,
  secure,
  kind: 'replied',
  bytes,
});

describe('a name of the run', () => {
  test('is its letter, however it is spelled', () => {
    expect(words(saying(`EHLO ${NONCE}q.example`, `MAIL FROM:<${NONCE.toUpperCase()}R@example>`))).toEqual([
      'EHLO <q>.example',
      'MAIL FROM:<<r>@example>',
    ]);
  });

  test('is read in base64 where a login is given, and nowhere else', () => {
    const login = base64(`\0${NONCE}u\0${NONCE}v`);
    const [auth, vrfy] = words(saying(`AUTH PLAIN ${login}`, `VRFY ${login}`));
    expect(auth).toBe(`AUTH PLAIN ${JSON.stringify('\0<u>\0<v>')}`);
    expect(vrfy).toBe(`VRFY ${login}`);
  });

  test('stays out of bytes that are no text', () => {
    const bytes = base64(`\u00ff\u00fe${NONCE}u\u0003`);
    expect(words(saying(`AUTH GSSAPI ${bytes}`))).toEqual([`AUTH GSSAPI ${bytes}`]);
  });
});

test('a digest of a challenge is one, whatever it is', () => {
  const answers = ['0'.repeat(32), 'f'.repeat(32)].map(digest =>
    words(saying(`AUTH CRAM-MD5 ${base64(`${NONCE}u ${digest}`)}`)),
  );
  expect(answers[0]).toEqual(answers[1]);
});

describe('a message in chunks', () => {
  const chunk = (text: string): Entry => ({
    at: 0,
    connection: 0,
    secure: true,
    kind: 'said',
    verb: 'message',
    text,
    early: false,
  });
  /** A run in which chunks of these texts are sent; the last is only called so where `isWhole`. */
  const sent = (texts: readonly string[], isWhole = true): ClientTranscript => {
    const { entries, ...rest } = saying();
    const said = texts.flatMap((text, at): readonly Entry[] => {
      const isLast = isWhole && at === texts.length - 1;
      const [bdat] = saying(`BDAT ${text.length}${isLast ? ' LAST' : ''}`).entries.slice(1);
      if (bdat?.kind !== 'said') throw new Error('nothing was said');
      return [{ ...bdat, verb: isLast ? 'bdat-last' : 'bdat' }, chunk(text)];
    });
    return { ...rest, entries: [...entries, ...said] };
  };

  test('is one, wherever it is cut', () => {
    const chunks = ['BDAT #', 'BDAT #', 'BDAT # LAST', 'A: b', 'c', 'd'];
    expect(words(sent(['A: b\r\n\r', '\nc\r', '\nd']))).toEqual(chunks);
    expect(words(sent(['A:', ' b\r\n', '\r\nc\r\nd']))).toEqual(chunks);
  });

  test('is what came of it where it does not come to its end, and no part of the next one', () => {
    const { entries, ...rest } = sent(['A: b\r\n', '\r\nc'], false);
    const whole = sent(['D: e']).entries.slice(1);
    const reset = saying('RSET').entries.slice(1);
    expect(words({ ...rest, entries: [...entries, ...reset, ...whole] })).toEqual([
      'BDAT #',
      'BDAT #',
      'A: b',
      'c',
      'RSET',
      'BDAT # LAST',
      'D: e',
      '',
    ]);
  });
});

describe('the size of a message', () => {
  const mail = saying(`MAIL FROM:<${NONCE}a@example> SIZE=4711`, 'BDAT 4711 LAST');

  test('is none in particular, since dates and ids are not of one length', () => {
    expect(words(mail)).toEqual(['MAIL FROM:<<a>@example> SIZE=#', 'BDAT # LAST']);
  });

  test('is what it is where the list in plaintext names it, and that in TLS does not', () => {
    const kept = behind([replied('250-mx\r\n250 SIZE 4711\r\n', false)], mail);
    expect(words(kept)[0]).toContain('SIZE=4711');
    const renewed = behind([replied('250-mx\r\n250 SIZE 4711\r\n', true)], kept);
    expect(words(renewed)[0]).toContain('SIZE=#');
  });

  test.each([0, 1])(
    'is none in particular where the list names %s: a last chunk may hold as much',
    octets => {
      const last = saying(`BDAT ${octets} LAST`);
      expect(words(behind([replied(`250-mx\r\n250 SIZE ${octets}\r\n`, false)], last))).toEqual([
        'BDAT # LAST',
      ]);
    },
  );
});

describe('recipients that follow each other', () => {
  const asked = (...lines: readonly string[]): string => observeClient(saying(...lines)).digest;

  test('are a set', () => {
    expect(asked('RCPT TO:<a>', 'RCPT TO:<b>', 'DATA')).toBe(asked('RCPT TO:<b>', 'RCPT TO:<a>', 'DATA'));
  });

  test('are another one where something stands between them', () => {
    expect(asked('RCPT TO:<a>', 'NOOP', 'RCPT TO:<b>')).not.toBe(asked('RCPT TO:<b>', 'NOOP', 'RCPT TO:<a>'));
  });

  test('leave who waited for an answer to their places', () => {
    const transcript = saying('RCPT TO:<b>', 'RCPT TO:<a>');
    const entries = transcript.entries.map(entry =>
      entry.kind === 'said' && entry.text === 'RCPT TO:<a>' ? { ...entry, early: true } : entry,
    );
    const [acts] = observeClient({ ...transcript, entries }).sessions;
    expect(acts?.map(({ text, early }) => [text, early])).toEqual([
      ['RCPT TO:<a>', false],
      ['RCPT TO:<b>', true],
    ]);
  });
});

test('a message is its header fields by name, folded ones whole, and its lines by number', () => {
  const message = `Subject: ${NONCE}s\r\n and more\r\nMessage-ID: <1@x>\r\n\r\none\r\n\r\ntwo`;
  const transcript = saying('DATA');
  const entries = transcript.entries.flatMap((entry): readonly Entry[] =>
    entry.kind === 'said' ? [{ ...entry, verb: 'message', text: message, early: true }] : [entry],
  );
  const [acts] = observeClient({ ...transcript, entries }).sessions;
  expect(acts?.map(({ place, text, early }) => [place, text, early])).toEqual([
    ['field subject', 'Subject: <s> and more', true],
    ['field message-id', 'Message-ID: <1@x>', false],
    ['line 0', 'one', false],
    ['line 1', '', false],
    ['line 2', 'two', false],
  ]);
  expect(new Set(acts?.map(({ step }) => step))).toEqual(new Set([0]));
});

describe('the end of a client', () => {
  const exited = (transcript: ClientTranscript, code: number): ClientTranscript => ({
    ...transcript,
    exit: { kind: 'exited', code, output: 'words of its own' },
  });

  test('is its exit code, and not its words', () => {
    expect(observeClient(exited(saying('QUIT'), 3)).exit).toBe('exit 3');
  });

  test('is none where it spoke last in plaintext: there it goes by the list of plaintext', () => {
    const transcript = exited(saying('QUIT'), 3);
    const plain = transcript.entries.map(entry => ({ ...entry, connection: 1, secure: false }));
    const seen = observeClient({ ...transcript, entries: [...transcript.entries, ...plain] });
    expect(seen.exit).toBeUndefined();
    expect(seen.plaintextOnly).toBe(1);
  });

  test('is told of whoever had to be stopped, wherever it spoke', () => {
    const late: ClientTranscript = { ...saying(), exit: { kind: 'late', waited: 1_000, output: '' } };
    expect(observeClient(late).exit).toBe('late');
  });
});

describe('who has not waited for an answer', () => {
  const transcript = saying('NOOP');
  const entries = transcript.entries.map(entry =>
    entry.kind === 'said' ? { ...entry, early: true } : entry,
  );
  const acts = (paced: boolean, offersPipelining: boolean) =>
    observeClient({ ...transcript, entries }, { paced, offersPipelining }).sessions[0];

  test('is told of a server that speaks when it is asked, and of no other', () => {
    expect(acts(true, false)).toMatchObject([{ early: true }]);
    expect(acts(false, false)).toMatchObject([{ early: false }]);
  });

  test('need not have done so where PIPELINING was offered', () => {
    expect(acts(true, true)).toMatchObject([{ early: true, pipelined: true }]);
    expect(acts(true, false)?.[0]).not.toHaveProperty('pipelined');
  });
});
