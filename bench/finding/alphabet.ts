/** The letters of the search for the true minimum: at most sixty, plain ones and those that faults turn on. */

import type { Glue, Handshake, Step, Upgrade } from '../../src/scenario.ts';

const glue = (lines: readonly Step[], more: Partial<Glue> = {}): Glue => ({
  lines,
  times: 1,
  ending: 'CRLF',
  ...more,
});
const NOOP: Step = { kind: 'noop' };
const MAIL: Step = { kind: 'mail', from: 'a' };
const WRONG: Step = { kind: 'auth', mechanism: 'PLAIN', answer: 'wrong', user: 'a', initial: true };
const PLAIN: Step = { kind: 'auth', mechanism: 'PLAIN', answer: 'right', user: 'a', initial: true };
const EHLO: Step = { kind: 'ehlo', name: 'a' };

export const BEFORE: readonly Step[] = [
  EHLO,
  { kind: 'helo', name: 'a' },
  MAIL,
  { kind: 'mail', from: null },
  { ...MAIL, size: 1_000, body: '8BITMIME', smtputf8: true, auth: 'c' },
  { ...MAIL, size: 100_000_000 },
  { kind: 'rcpt', to: 'b' },
  { kind: 'rcpt', to: 'b', foreign: true },
  { kind: 'data', body: 'plain', token: 'd' },
  { kind: 'bdat', body: 'plain', token: 'd' },
  { kind: 'bdat', body: 'plain', token: 'd', last: true },
  { kind: 'rset' },
  NOOP,
  { kind: 'vrfy' },
  { kind: 'expn' },
  { kind: 'help' },
  { kind: 'line', text: 'XAFRESH' },
  PLAIN,
  WRONG,
  { kind: 'auth', mechanism: 'LOGIN', answer: 'right', user: 'a' },
  { kind: 'auth', mechanism: 'LOGIN', answer: 'open', user: 'a' },
  { kind: 'xclient', attribute: 'LOGIN', value: 'a' },
  { kind: 'xforward', attribute: 'NAME', value: 'a' },
];

/** What travels with STARTTLS. */
export const DIRTS: readonly Omit<Upgrade, 'handshake'>[] = [
  {},
  { spelling: 'lower' },
  { spelling: 'mixed' },
  { spelling: 'leading-blank' },
  { spelling: 'trailing-blank' },
  { spelling: 'tab' },
  { argument: 'a' },
  { glued: glue([MAIL]) },
  { glued: glue([NOOP], { times: 2_000 }) },
  { glued: glue([MAIL], { ending: 'LF' }) },
  { glued: glue([], { fragment: NOOP }) },
  { segment: glue([MAIL]) },
];

export const HANDSHAKES: readonly Handshake[] = [
  { kind: 'sound', version: '1.3' },
  { kind: 'sound', version: '1.2' },
  { kind: 'sound', version: '1.3', sni: true },
  { kind: 'sound', version: '1.3', certificate: true },
  { kind: 'sound', version: '1.3', resumed: [] },
  { kind: 'sound', version: '1.3', resumed: [EHLO] },
  { kind: 'sound', version: '1.3', resumed: [EHLO, PLAIN] },
  { kind: 'sound', version: '1.3', resumed: [EHLO, MAIL] },
  { kind: 'failed', how: 'garbage' },
  { kind: 'failed', how: 'plaintext' },
  { kind: 'failed', how: 'close-notify' },
];

export const AFTER: readonly Step[] = [
  { kind: 'ehlo', name: 'p' },
  { kind: 'mail', from: 'p' },
  { kind: 'rcpt', to: 'q' },
  { kind: 'rcpt', to: 'b' },
  { kind: 'rcpt', to: 'q', foreign: true },
  { kind: 'data', body: 'plain', token: 'r' },
  { kind: 'bdat', body: 'plain', token: 'r', last: true },
  { kind: 'rset' },
  NOOP,
  { kind: 'help' },
  { kind: 'auth', mechanism: 'PLAIN', answer: 'right', user: 'p', initial: true },
  { kind: 'starttls' },
];
