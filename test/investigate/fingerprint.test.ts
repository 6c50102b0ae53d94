import { describe, expect, test } from 'vitest';
import type { Deviation } from '../../src/claim.ts';
import { carrierShape, fingerprint, outline } from '../../src/investigate/fingerprint.ts';
import { BARE, type Scenario, type Step, type Upgrade } from '../../src/scenario.ts';

const BURST: Upgrade = {
  ...BARE,
  spelling: 'lower',
  eager: true,
  glued: { lines: [{ kind: 'noop' }, { kind: 'help' }], times: 600, ending: 'CRLF' },
};
const scenario: Scenario = {
  before: [{ kind: 'ehlo', name: 'a' }],
  upgrade: BURST,
  after: [{ kind: 'mail', from: 'p' }],
};
const carried = {
  claim: 'no-plaintext-carryover',
  signature: 'mail code 250/503',
  summary: 'MAIL is answered',
  step: 0,
  proof: 'pair',
} as Deviation;

describe('a fingerprint', () => {
  test('of what plaintext carries names no oddity of STARTTLS that was not seen to be needed', () => {
    expect(fingerprint(scenario, carried, undefined, false)).toBe('no-plaintext-carryover: glued burst');
    expect(fingerprint(scenario, carried, undefined, true)).toBe(
      'no-plaintext-carryover: glued burst, eager ClientHello, spelling',
    );
  });

  test.each<readonly [string, Step]>([
    ['mail', { kind: 'mail', from: 'a' }],
    ['mail(size)', { kind: 'mail', from: 'a', size: 1 }],
    ['mail(null)', { kind: 'mail', from: null }],
    ['mail(body, smtputf8)', { kind: 'mail', from: 'a', smtputf8: true, body: '8BITMIME' }],
    ['rcpt(foreign)', { kind: 'rcpt', to: 'a', foreign: true }],
    ['data(eight-bit)', { kind: 'data', body: 'eight-bit', token: 'a' }],
    ['bdat(last)', { kind: 'bdat', body: 'plain', token: 'a', last: true }],
    ['xforward(addr)', { kind: 'xforward', attribute: 'ADDR', value: 'a' }],
    ['auth wrong', { kind: 'auth', mechanism: 'PLAIN', answer: 'wrong', user: 'a' }],
    ['noop(piped)', { kind: 'noop', piped: true }],
  ])('of a minimal scenario names what a step says: %s', (name, step) => {
    const bare = {
      before: [step],
      upgrade: BARE,
      after: [{ kind: 'data', body: 'plain', token: 'z' }],
    } as const;
    const seen: Deviation = { ...carried, claim: 'delivered-mail', signature: 'data header received.0 A/B' };
    expect(fingerprint(bare, seen, undefined, true)).toBe(`delivered-mail: ${name} > starttls > data > data`);
  });

  test('of a late reply names neither the command that it comes behind nor what else was said', () => {
    const late: Deviation = { ...carried, claim: 'fresh-connection', signature: 'mail code 235/503' };
    const piped: Scenario = { ...scenario, upgrade: { ...BARE, piped: true } };
    for (const minimal of [true, false])
      expect(fingerprint(piped, late, undefined, minimal)).toBe('fresh-connection: pipelined > late 235');
  });

  test('of what is odd about STARTTLS alone names that', () => {
    const odd: Upgrade = { ...BARE, spelling: 'lower' };
    expect(carrierShape(odd)).toBe('spelling');
    expect(carrierShape(BURST)).toBe('glued burst');
  });
});

test('an outline of many steps names those next to STARTTLS', () => {
  const noops = Array.from({ length: 9 }, () => ({ kind: 'noop' }) as const);
  const long: Scenario = {
    before: [...noops, ...scenario.before],
    upgrade: BARE,
    after: [...scenario.after, ...noops],
  };
  expect(outline(long)).toBe('... noop noop noop ehlo > starttls > mail noop noop noop ...');
});

test('an outline says what is said, and how many lines a burst has', () => {
  expect(outline({ ...scenario, upgrade: BARE })).toBe('ehlo > starttls > mail');
  expect(outline(scenario)).toBe(
    'ehlo > starttls (glued burst, eager ClientHello, spelling, 1200 lines) > mail',
  );
});
