/**
 * Hand-written scenarios: what is known to have gone wrong in public, and the plain case of each field of the session.
 *
 * `check` plays them before anything random, unless `--no-examples` is said. They find in the first second what a random
 * search needs minutes for on a slow server; they find nothing that nobody has thought of.
 */

import { BARE, type Glue, type Scenario, type Step, type Upgrade } from '../src/scenario.ts';

export interface Example {
  readonly name: string;
  /** Where the like of it was met, or the sentence that forbids it. */
  readonly source: string;
  /** A fault of the reference server that it shows (`afresh list faults`). */
  readonly shows: string;
  readonly scenario: Scenario;
}

type Of<K extends Step['kind']> = Extract<Step, { kind: K }>;

const ehlo = (name: string): Step => ({ kind: 'ehlo', name });
const mail = (from: string): Of<'mail'> => ({ kind: 'mail', from });
const rcpt = (to: string): Of<'rcpt'> => ({ kind: 'rcpt', to });
const NOOP: Step = { kind: 'noop' };
const DATA: Step = { kind: 'data', body: 'plain', token: 't' };
const login = (user: string, answer: 'right' | 'wrong' = 'right'): Step => ({
  kind: 'auth',
  mechanism: 'PLAIN',
  answer,
  user,
  initial: true,
});
/** A whole transaction. */
const MESSAGE: readonly Step[] = [ehlo('p'), mail('q'), rcpt('r'), DATA];
const lines = (times: number, ...some: Step[]): Glue => ({ lines: some, times, ending: 'CRLF' });

const DISCARD = 'RFC 3207, section 4.2: the server must discard any knowledge obtained from the client';
const INJECTION = 'CVE-2011-0411 and those that followed it: plaintext commands run in TLS';

const example = (
  name: string,
  source: string,
  shows: string,
  before: readonly Step[],
  after: readonly Step[],
  upgrade: Upgrade = BARE,
): Example => ({ name, source, shows, scenario: { before, upgrade, after } });

export const EXAMPLES: readonly Example[] = [
  example('a line behind STARTTLS', INJECTION, 'runs-whole-lines', [], [], {
    ...BARE,
    glued: lines(1, NOOP),
  }),
  example('part of a line behind STARTTLS', INJECTION, 'keeps-fragment', [], [mail('p')], {
    ...BARE,
    glued: { ...lines(1), fragment: NOOP },
  }),
  // The reader drops the text that has come, and its decoder keeps what is no whole character yet.
  example('part of a character behind STARTTLS', INJECTION, 'keeps-fragment', [], [mail('p')], {
    ...BARE,
    glued: { ...lines(1), fragment: { kind: 'bytes', bytes: '\xc3' } },
  }),
  example('a burst behind STARTTLS', INJECTION, 'runs-burst-beyond-1k', [], [ehlo('p')], {
    ...BARE,
    glued: lines(1_000, NOOP),
  }),
  example('a line ended by LF behind STARTTLS', INJECTION, 'runs-bare-lf', [], [], {
    ...BARE,
    glued: { ...lines(1, NOOP), ending: 'LF' },
  }),
  example('a line before the ClientHello', INJECTION, 'runs-second-segment', [], [], {
    ...BARE,
    segment: lines(1, NOOP),
  }),
  example('the greeting', DISCARD, 'keeps-greeting', [ehlo('a')], [mail('p')]),
  example(
    'the greeting by HELO',
    DISCARD,
    'keeps-greeting-by-helo',
    [{ kind: 'helo', name: 'a' }],
    [mail('p')],
  ),
  example('the sender', DISCARD, 'keeps-sender', [ehlo('a'), mail('b')], [rcpt('p')]),
  example('the recipients', DISCARD, 'keeps-recipients', [ehlo('a'), mail('b'), rcpt('c')], [DATA]),
  example(
    'a chunk of a message',
    DISCARD,
    'keeps-chunks',
    [ehlo('a'), mail('b'), rcpt('c'), { kind: 'bdat', body: 'plain', token: 'd' }],
    [{ kind: 'bdat', body: 'plain', token: 't', last: true }],
  ),
  example('the login', DISCARD, 'keeps-login', [ehlo('a'), login('b')], [ehlo('p'), login('q')]),
  // Filters and policy services hear of a login with the transaction that it is used for.
  example(
    'a login that was used',
    DISCARD,
    'keeps-login',
    [ehlo('a'), login('b'), mail('c'), rcpt('d'), { kind: 'rset' }],
    [ehlo('p'), mail('q'), { ...rcpt('r'), foreign: true }],
  ),
  example(
    'an AUTH exchange left open',
    DISCARD,
    'keeps-dialogue',
    [ehlo('a'), { kind: 'auth', mechanism: 'LOGIN', answer: 'open', user: 'b' }],
    [NOOP, ehlo('p')],
  ),
  example(
    'what a proxy said of the client',
    DISCARD,
    'keeps-proxy',
    [ehlo('a'), { kind: 'xclient', attribute: 'NAME', value: 'b' }],
    MESSAGE,
  ),
  example(
    'a login that failed',
    'RFC 3207, section 4.2; a server that keeps it refuses a client who has done nothing yet',
    'right-login-fails-after-wrong',
    [ehlo('a'), login('b', 'wrong')],
    [ehlo('p'), login('q'), mail('r'), rcpt('s'), DATA],
  ),
  example(
    'the list',
    'RFC 3207, section 4.2: the list in TLS may be another',
    'keeps-offer',
    [ehlo('a')],
    [ehlo('p')],
  ),
  example(
    'STARTTLS in TLS',
    'RFC 3207, section 4.2: it must not be offered again',
    'starttls-in-tls',
    [],
    [ehlo('p'), { kind: 'starttls' }],
  ),
  example(
    'STARTTLS with a parameter',
    'RFC 3207, section 4: it has no parameters; 501 is due',
    'starttls-with-parameter',
    [ehlo('a')],
    [ehlo('p')],
    { ...BARE, argument: 'b' },
  ),
  example(
    'commands after a failed handshake',
    'RFC 3207, section 4: after the 220 the client must negotiate TLS before anything else',
    'plaintext-after-failure',
    [ehlo('a')],
    [mail('p')],
    { handshake: { kind: 'failed', how: 'plaintext' } },
  ),
  example('a login known by a TLS ticket', DISCARD, 'ticket-carries-login', [], [ehlo('p'), login('q')], {
    handshake: { kind: 'sound', version: '1.3', resumed: [ehlo('a'), login('b')] },
  }),
  // Each parameter that most servers offer: drawn, it stands beside others as a rule, and one of those is refused.
  example(
    'how long a message is, and that it has eight bits',
    DISCARD,
    'keeps-size',
    [ehlo('a'), { ...mail('b'), size: 1, body: '8BITMIME' }],
    MESSAGE,
  ),
  example(
    'that addresses go beyond ASCII',
    DISCARD,
    'keeps-smtputf8',
    [ehlo('a'), { ...mail('b'), smtputf8: true }],
    [
      ehlo('p'),
      { ...mail('q'), international: true },
      mail('r'),
      { ...rcpt('s'), international: true },
      DATA,
    ],
  ),
  example(
    'what notifications say',
    DISCARD,
    'envid-taken-once',
    [ehlo('a'), { ...mail('b'), ret: 'HDRS', envid: 'c' }, { ...rcpt('d'), notify: 'NEVER', orcpt: 'e' }],
    [...MESSAGE, { ...mail('s'), ret: 'HDRS', envid: 'u' }],
  ),
  example(
    'a sender of the own domain',
    DISCARD,
    'relays-after-own-sender',
    [ehlo('a'), { ...mail('b'), local: true }],
    [ehlo('p'), mail('q'), { ...rcpt('r'), foreign: true }],
  ),
  example('the trace header of a message', DISCARD, 'trace-greeting', [ehlo('a')], MESSAGE),
];
