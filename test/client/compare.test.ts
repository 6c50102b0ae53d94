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

  test('are told in letters where they are UTF-8, and as bytes where not', () => {
    const sender = (name: string): Entry => said(`MAIL FROM:<${name}@sender.example>`);
    const told = (name: string) => differ(seen(sender(name)), seen())?.used;
    expect(told(Buffer.from('ü').toString('latin1'))).toBe('MAIL FROM:<ü@sender.example>');
    expect(told('ü')).toBe('MAIL FROM:<ü@sender.example>');
    expect(told('\u00c3(')).toBe('MAIL FROM:<\u00c3(@sender.example>');
  });

  test('differ where a size is the one that the server said before TLS, and not in it', () => {
    const offer = (secure: boolean): Entry => ({
      at: 0,
      connection: 0,
      secure,
      kind: 'replied',
      bytes: '250-server.example\r\n250 SIZE 345\r\n',
    });
    const own = seen(said(`${mail} SIZE=12`));
    const told = said(`${mail} SIZE=345`);
    expect(differ(seen(offer(false), told), own)?.signatures).toEqual(['MAIL +SIZE', 'MAIL -SIZE']);
    expect(differ(seen(offer(false), offer(true), told), own)).toBeUndefined();
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
    const unasked = { paced: false, offersPipelining: false };
    expect(
      differ(observeClient(transcript(true), unasked), observeClient(transcript(false), unasked)),
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

  test('do not differ where the list in plaintext kept the client from one of several messages', () => {
    const [first, second] = [said(`${mail} BODY=8BITMIME`), said(mail, false, 1)];
    const ended = (code: number, ...entries: readonly Entry[]): ClientObservation =>
      observeClient({ nonce, entries, exit: { kind: 'exited', code, output: '' } });
    const declined: Entry = { ...said('QUIT'), secure: false };
    const fresh = ended(0, first, second);
    expect(differ(ended(1, declined, second), fresh)).toBeUndefined();
    expect(differ(ended(1, second), fresh)).toBeDefined();
    expect(differ(ended(1, declined, said(`${mail} SIZE=1`, false, 1)), fresh)).toBeDefined();
  });

  test('differ where one of several messages is left out, and no connection tells why', () => {
    const [first, second] = [said(`${mail} BODY=8BITMIME`), said(mail, false, 1)];
    const fresh = seen(first, second);
    expect(differ(seen(first), fresh)?.signatures).toEqual(['leaves out a connection']);
    expect(differ(seen(said(mail)), fresh)?.signatures).toEqual(['leaves out a connection']);
    expect(differ(seen(first), fresh, true)).toBeUndefined();
    expect(differ(seen(first), seen(first, said('QUIT', false, 1)))).toBeUndefined();
    // How often the same is tried again may be a matter of time.
    expect(differ(seen(first), seen(first, { ...first, connection: 1 }))).toBeUndefined();
  });

  test('differ where one takes its leave before the last answer', () => {
    const left = (early: boolean) => seen(said(mail), said('QUIT', early));
    expect(differ(left(true), left(false), true)?.signatures).toEqual(['QUIT early']);
    expect(differ(left(true), left(true))).toBeUndefined();
    expect(differ(left(true), seen(said(mail)))).toBeUndefined();
  });

  test('differ where one tries the same again, and the other something else', () => {
    const login = (connection: number) => said('AUTH PLAIN', false, connection);
    const again = seen(login(0), login(1));
    expect(differ(again, seen(login(0), said(mail, false, 1)))?.signatures).toEqual(['AUTH for MAIL']);
    expect(differ(seen(said(mail), login(1)), seen(login(0), said(mail, false, 1)))).toBeUndefined();
    expect(differ(again, seen(login(0)))).toBeUndefined();
  });

  test('differ by how the client ends, unless the last it did was in plaintext', () => {
    const ended = (code: number, ...entries: readonly Entry[]): ClientObservation =>
      observeClient({ nonce, entries, exit: { kind: 'exited', code, output: '' } });
    const plain: Entry = { ...said(mail, false, 1), secure: false };
    expect(differ(ended(1, said(mail)), ended(0, said(mail)))?.signatures).toEqual(['exit 1 for exit 0']);
    expect(differ(ended(1, said(mail), plain), ended(0, said(mail), plain))).toBeUndefined();
  });

  test('do not differ by how one ends that has done something in plaintext since, whichever it is', () => {
    const ended = (code: number, ...entries: readonly Entry[]): ClientObservation =>
      observeClient({ nonce, entries, exit: { kind: 'exited', code, output: '' } });
    const plain: Entry = { ...said(mail, false, 1), secure: false };
    expect(differ(ended(1, said(mail), plain), ended(0, said(mail)))).toBeUndefined();
    expect(differ(ended(1, said(mail)), ended(0, said(mail), plain))).toBeUndefined();
  });

  test('do not differ where one gives up, or ends otherwise, behind a surprise, unless it is content', () => {
    const ended = (code: number): ClientObservation =>
      observeClient({ nonce, entries: [said(mail)], exit: { kind: 'exited', code, output: '' } });
    expect(differ(ended(1), ended(0))).toBeDefined();
    expect(differ(ended(1), ended(0), true)).toBeUndefined();
    expect(differ(ended(0), ended(1), true)).toMatchObject({
      used: 'nothing more, and ends with exit code 0',
      fresh: 'nothing more, and ends with exit code 1',
      signatures: ['exit 0 for exit 1'],
    });
    const reset = seen(said('EHLO me'), said('RSET'), said('QUIT'));
    expect(differ(reset, seen(said('EHLO me'), said(mail)), true)).toBeUndefined();
  });

  test('differ by what a connection too many does beside the last one', () => {
    const fresh = seen(said('EHLO me'), said(mail, false, 1));
    const used = seen(said('EHLO me'), said(mail, false, 1), said(`${mail} SIZE=1`, false, 2));
    expect(differ(used, seen(said('EHLO me'), said(`${mail} BODY=7BIT`, false, 1)))).toBeDefined();
    expect(differ(used, fresh)?.signatures).toEqual(['MAIL +SIZE']);
  });

  test('differ where the same words stand in another order, and by no more of a long word than tells it', () => {
    const [ordered] = differ(seen(said(`${mail} A B`)), seen(said(`${mail} B A`)))?.signatures ?? [];
    expect(ordered).toContain('MAIL');
    const long = differ(seen(said(`${mail} ${'X'.repeat(100)}`)), seen(said(mail)));
    expect(long?.signatures).toEqual([`MAIL +${'X'.repeat(40)}`]);
  });

  test('see through base64, and read a login as one', () => {
    const login = (word: string): Entry => said(`AUTH PLAIN ${btoa(`\0${nonce}u\0${word}`)}`);
    expect(differ(seen(login(`${nonce}p`)), seen(login(`${nonce}p`)))).toBeUndefined();
    expect(differ(seen(login(`${nonce}a`)), seen(login(`${nonce}p`)))).toBeDefined();
  });
});

describe('noise', () => {
  test('is what varies in a message between fresh runs, and never which commands there are', () => {
    const noise = newClientNoise();
    const message = (boundary: string): ClientObservation =>
      seen(said(`Subject: a\r\nX-Boundary: ${boundary}\r\n\r\nbody`));
    expect(noise.learn(message('1'), message('2'))).toBeUndefined();
    expect(noise.learned).toEqual(['field x-boundary']);
    expect(noise.learn(seen(said('MAIL FROM:<a>')), seen(said('RCPT TO:<b>')))).toBeDefined();
    expect(noise.places).not.toContain('mail');
  });

  test('is the date of a message and its id, which need not be learned', () => {
    const noise = newClientNoise();
    const dated = (date: string) => seen(said(`Date: ${date}\r\nMessage-ID: <${date}@a>\r\n\r\nbody`));
    expect(compareClients(dated('1'), dated('2'), noise.places, false)).toBeUndefined();
    expect(noise.learned).toEqual([]);
  });

  test('is a value in an envelope that varies by itself, and never which values there are', () => {
    const noise = newClientNoise();
    const sent = (bounce: string, envid: string, more = '') =>
      seen(said(`MAIL FROM:<prvs=${bounce}=a@b.example> ENVID=${envid}${more}`));
    expect(noise.learn(sent('1', 'x'), sent('2', 'y'))).toBeUndefined();
    expect(noise.learned).toEqual(['mail from', 'mail envid']);
    const compared = (one: ClientObservation, other: ClientObservation) =>
      compareClients(one, other, noise.places, false)?.signatures;
    expect(compared(sent('3', 'z'), sent('4', 'w'))).toBeUndefined();
    expect(compared(sent('3', 'z', ' SIZE=1'), sent('4', 'w'))).toEqual(['MAIL +SIZE']);
    expect(compared(seen(said('RCPT TO:<a> ORCPT=b')), seen(said('RCPT TO:<a> ORCPT=c')))).toBeDefined();
    expect(noise.learn(sent('1', 'x', ' SMTPUTF8'), sent('2', 'y'))).toBeDefined();
  });

  test('is the order of parameters where it varies by itself, and never which there are', () => {
    const noise = newClientNoise();
    const sent = (...parameters: readonly string[]) => seen(said(['MAIL FROM:<a>', ...parameters].join(' ')));
    expect(noise.learn(sent('SIZE=1', 'ENVID=x', 'BODY=7BIT'), sent('BODY=7BIT', 'ENVID=y', 'SIZE=1'))).toBe(
      undefined,
    );
    expect(noise.learned).toEqual(['mail envid', 'mail order']);
    const compared = (one: ClientObservation, other: ClientObservation) =>
      compareClients(one, other, noise.places, false)?.signatures;
    expect(compared(sent('BODY=7BIT', 'ENVID=z'), sent('ENVID=w', 'BODY=7BIT'))).toBeUndefined();
    expect(compared(sent('BODY=7BIT', 'ENVID=z'), sent('ENVID=w'))).toEqual(['MAIL +BODY']);
  });

  test('is which answers came first where PIPELINING is offered in TLS, and nowhere else', () => {
    const sent = (early: boolean, offersPipelining: boolean): ClientObservation =>
      observeClient(
        {
          nonce,
          entries: [said('MAIL FROM:<a>'), said('RCPT TO:<b>', early)],
          exit: { kind: 'exited', code: 0, output: '' },
        },
        { paced: true, offersPipelining },
      );
    const noise = newClientNoise();
    expect(noise.learn(sent(true, false), sent(false, false))).toBeDefined();
    noise.learnPace(sent(true, false), sent(false, false));
    expect(noise.learned).toEqual([]);
    expect(noise.learn(sent(true, true), sent(false, true))).toBeUndefined();
    expect(compareClients(sent(true, true), sent(false, true), noise.places, false)).toBeUndefined();
    expect(compareClients(sent(true, false), sent(false, false), noise.places, false)?.signatures).toEqual([
      'RCPT early',
    ]);
  });

  test('is the nonce of a login by its mechanism, and never which mechanism it is', () => {
    const noise = newClientNoise();
    const login = (words: string) => seen(said(`AUTH ${words}`));
    expect(noise.learn(login('SCRAM-SHA-256 r=1'), login('SCRAM-SHA-256 r=2'))).toBeUndefined();
    const compared = (one: string, other: string) =>
      compareClients(login(one), login(other), noise.places, false);
    expect(compared('SCRAM-SHA-256 r=3', 'SCRAM-SHA-256 r=4')).toBeUndefined();
    expect(compared('LOGIN', 'SCRAM-SHA-256 r=4')).toBeDefined();
    expect(compared('PLAIN a', 'PLAIN b')).toBeDefined();
    expect(noise.learn(login('PLAIN'), login('LOGIN'))).toBeDefined();
  });

  test('is the exit code where it varies by itself, and never that there is none', () => {
    const noise = newClientNoise();
    const ended = (exit: ClientTranscript['exit']): ClientObservation =>
      observeClient({ nonce, entries: [said('MAIL FROM:<a>')], exit });
    const exited = (code: number) => ended({ kind: 'exited', code, output: '' });
    const late = ended({ kind: 'late', waited: 1, output: '' });
    expect(noise.learn(exited(0), late)).toBeDefined();
    expect(noise.learn(exited(7), exited(9))).toBeUndefined();
    expect(noise.learned).toEqual(['exit code']);
    expect(compareClients(exited(3), exited(4), noise.places, false)).toBeUndefined();
    expect(compareClients(late, exited(4), noise.places, false)).toBeDefined();
  });

  test('is whether the last answer is waited for, where that varies by itself', () => {
    const noise = newClientNoise();
    const left = (early: boolean) => seen(said('MAIL FROM:<a>'), said('QUIT', early));
    noise.learnPace(left(false), left(true));
    expect(noise.learned).toEqual(['quit early']);
    expect(compareClients(left(true), left(false), noise.places, false)).toBeUndefined();
  });

  test.each(['NOOP', 'RSET', 'HELP', 'VRFY', 'EXPN'])(
    'is whether there is %s where that varies by itself, and nowhere else',
    word => {
      const noise = newClientNoise();
      const [one, other] = [
        seen(said('EHLO a'), said(word), said('MAIL FROM:<a>')),
        seen(said('EHLO a'), said('MAIL FROM:<a>')),
      ];
      expect(differ(one, other)).toBeDefined();
      expect(noise.learn(one, other)).toBeUndefined();
      expect(noise.learned).toEqual([`whether there is ${word}`]);
      const ended = seen(said('EHLO a'), said('MAIL FROM:<a>'), said(word), said(word));
      expect(compareClients(ended, one, noise.places, false)).toBeUndefined();
      expect(compareClients(seen(said('EHLO a'), said(word)), one, noise.places, false)).toBeDefined();
    },
  );

  test('is what a question asks for, where that varies by itself', () => {
    const noise = newClientNoise();
    const asked = (name: string) => seen(said('EHLO a'), said(`VRFY ${name}`));
    expect(noise.learn(asked('a'), asked('b'))).toBeUndefined();
    expect(noise.learned).toEqual(['vrfy']);
    expect(compareClients(asked('c'), seen(said('EHLO a')), noise.places, false)).toBeDefined();
  });

  test('is how many lines a message has where that varies by itself, and never which fields', () => {
    const noise = newClientNoise();
    const message = (field: string, ...lines: readonly string[]) =>
      seen(said(`Subject: a\r\n${field}\r\n\r\n${lines.join('\r\n')}`), said('QUIT'));
    const [one, other] = [message('To: b', 'c', 'd', 'e'), message('To: b', 'c', 'd')];
    expect(differ(one, other)).toBeDefined();
    expect(noise.learn(one, other)).toBeUndefined();
    expect(noise.learned).toEqual(['how many lines a message has']);
    expect(compareClients(message('To: b', 'f'), one, noise.places, false)).toBeUndefined();
    expect(compareClients(message('Cc: b', 'c', 'd'), other, noise.places, false)).toBeDefined();
  });

  test('is in how many chunks a message goes where that varies by itself, and not whether it goes in any', () => {
    const noise = newClientNoise();
    const chunked = (...sizes: readonly number[]) =>
      seen(...sizes.map(size => said(`BDAT ${size}`)), said('RSET'));
    expect(noise.learn(chunked(9, 9, 9), chunked(9, 9))).toBeUndefined();
    expect(noise.learned).toEqual(['how many chunks a message has']);
    expect(compareClients(seen(said('DATA')), chunked(9), noise.places, false)).toBeDefined();
  });

  test('is the same for the name in EHLO and in HELO, and which of them is said is none', () => {
    const noise = newClientNoise();
    const greeted = (verb: string, name: string) => seen(said(`${verb} ${name}.example`));
    expect(noise.learn(greeted('EHLO', 'a'), greeted('EHLO', 'b'))).toBeUndefined();
    expect(compareClients(greeted('HELO', 'a'), greeted('HELO', 'b'), noise.places, false)).toBeUndefined();
    expect(compareClients(greeted('HELO', 'a'), greeted('EHLO', 'a'), noise.places, false)).toBeDefined();
  });
});
