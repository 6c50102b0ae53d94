import { describe, expect, test } from 'vitest';
import { compareClients, newClientNoise } from '../../src/client/compare.ts';
import { type ClientObservation, observeClient } from '../../src/client/observe.ts';
import type { ClientTranscript, Entry, Utterance } from '../../src/client/transcript.ts';

const nonce = 'zabcdefghi';

const said = (text: string, early = false, connection = 0): Entry => ({
  at: 0,
  connection,
  secure: true,
  kind: 'said',
  verb: (text.includes('\n') ? 'message' : (text.split(' ')[0] ?? '').toLowerCase()) as Utterance,
  text,
  early,
});
const seen = (...entries: readonly Entry[]): ClientObservation =>
  observeClient({ nonce, entries, exit: { kind: 'exited', code: 0, output: '' } });
const differ = (used: ClientObservation, fresh: ClientObservation, lenient = false) =>
  compareClients(used, fresh, new Set(), lenient);

describe('two observations of a client', () => {
  const mail = `MAIL FROM:<${nonce}f@sender.example>`;

  test('are equal whatever tokens the runs had', () => {
    const other = observeClient({
      nonce: 'zqrstuvwxy',
      entries: [said('MAIL FROM:<ZQRSTUVWXYF@sender.example>')],
      exit: { kind: 'exited', code: 0, output: '' },
    });
    expect(differ(seen(said(mail)), other)).toBeUndefined();
  });

  test('differ by each parameter that only one has, and not by how much a size is', () => {
    const used = seen(said(`${mail} SIZE=12 SMTPUTF8`));
    expect(differ(used, seen(said(mail)))?.signatures).toEqual(['MAIL +SIZE', 'MAIL +SMTPUTF8']);
    expect(differ(used, seen(said(`${mail} SIZE=345 SMTPUTF8`)))).toBeUndefined();
  });

  test('differ where one command did not wait for its answer', () => {
    expect(differ(seen(said(mail, true)), seen(said(mail)))?.signatures).toEqual(['MAIL early']);
  });

  test('do not differ by who waited where the server speaks unasked: then everyone is ahead by chance', () => {
    const transcript = (early: boolean): ClientTranscript => ({
      nonce,
      entries: [said(mail, early)],
      exit: { kind: 'exited', code: 0, output: '' },
    });
    expect(
      differ(observeClient(transcript(true), false), observeClient(transcript(false), false)),
    ).toBeUndefined();
  });

  test('differ where one gives up, unless something surprising came before TLS', () => {
    const used = seen(said('EHLO me'), said('QUIT'));
    const fresh = seen(said('EHLO me'), said(mail));
    expect(differ(used, fresh)?.signatures).toEqual(['nothing for MAIL']);
    expect(differ(used, fresh, true)).toBeUndefined();
    expect(differ(seen(said('EHLO me'), said('AUTH PLAIN')), fresh, true)?.signatures).toEqual([
      'AUTH for MAIL',
    ]);
  });

  test('do not differ by the order of recipients, but by what is said of one', () => {
    const [one, two] = ['RCPT TO:<a@b.example>', 'RCPT TO:<c@b.example>'];
    const pipelined = (first: string, second: string) =>
      seen(said(mail), said(first), said(second, true), said('DATA', true));
    expect(differ(pipelined(one, two), pipelined(two, one))).toBeUndefined();
    expect(differ(pipelined(`${two} NOTIFY=NEVER`, one), pipelined(one, two))?.signatures).toEqual([
      'RCPT +NOTIFY',
    ]);
    expect(
      differ(seen(said(two), said('RSET'), said(one)), seen(said(one), said('RSET'), said(two))),
    ).toBeDefined();
  });

  test('are compared connection by connection', () => {
    const twice = seen(said('EHLO me'), said('EHLO me', false, 1), said(mail, false, 1));
    expect(differ(twice, seen(said('EHLO me'), said(mail)), true)).toBeUndefined();
  });

  test('differ by how the client ends, unless the last it did was in plaintext', () => {
    const ended = (code: number, ...entries: readonly Entry[]): ClientObservation =>
      observeClient({ nonce, entries, exit: { kind: 'exited', code, output: '' } });
    const plain: Entry = { ...said(mail, false, 1), secure: false };
    expect(differ(ended(1, said(mail)), ended(0, said(mail)))?.signatures).toEqual(['exit 1 for exit 0']);
    expect(differ(ended(1, said(mail), plain), ended(0, said(mail), plain))).toBeUndefined();
  });

  test('see through base64, and read a login as one', () => {
    const login = (word: string): Entry => said(`AUTH PLAIN ${btoa(`\0${nonce}u\0${word}`)}`);
    expect(differ(seen(login(`${nonce}p`)), seen(login(`${nonce}p`)))).toBeUndefined();
    expect(differ(seen(login(`${nonce}a`)), seen(login(`${nonce}p`)))).toBeDefined();
  });
});

describe('noise', () => {
  test('is what varies in a message between fresh runs, and never an envelope', () => {
    const noise = newClientNoise();
    const message = (boundary: string): ClientObservation =>
      seen(said(`Subject: a\r\nX-Boundary: ${boundary}\r\n\r\nbody`));
    expect(noise.learn(message('1'), message('2'))).toBeUndefined();
    expect(noise.learned).toEqual(['field x-boundary']);
    expect(noise.learn(seen(said('MAIL FROM:<a>')), seen(said('MAIL FROM:<b>')))).toBeDefined();
    expect(noise.places).not.toContain('mail');
  });

  test('is the same for the name in EHLO and in HELO, and which of them is said is none', () => {
    const noise = newClientNoise();
    const greeted = (verb: string, name: string) => seen(said(`${verb} ${name}.example`));
    expect(noise.learn(greeted('EHLO', 'a'), greeted('EHLO', 'b'))).toBeUndefined();
    expect(compareClients(greeted('HELO', 'a'), greeted('HELO', 'b'), noise.places, false)).toBeUndefined();
    expect(compareClients(greeted('HELO', 'a'), greeted('EHLO', 'a'), noise.places, false)).toBeDefined();
  });
});
