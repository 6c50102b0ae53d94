import { expect, test } from 'vitest';
import { phaseAfter } from '../src/phase.ts';
import type { Step } from '../src/scenario.ts';

const GREETED: Step = { kind: 'ehlo', name: 'a' };
const MAIL: Step = { kind: 'mail', from: 'a' };
const RCPT: Step = { kind: 'rcpt', to: 'a' };

test.each<[string, readonly Step[]]>([
  ['start', []],
  ['start', [MAIL]],
  ['greeted', [GREETED]],
  ['mail', [GREETED, MAIL]],
  ['mail', [GREETED, MAIL, { ...RCPT, foreign: true }]],
  ['rcpt', [GREETED, MAIL, RCPT]],
  ['bdat', [GREETED, MAIL, RCPT, { kind: 'bdat', body: 'plain', token: 'a' }]],
  ['greeted', [GREETED, MAIL, RCPT, { kind: 'bdat', body: 'plain', token: 'a', last: true }]],
  ['auth', [GREETED, { kind: 'auth', mechanism: 'LOGIN', answer: 'open', user: 'a' }]],
  ['greeted', [GREETED, { kind: 'auth', mechanism: 'LOGIN', answer: 'open', user: 'a' }, { kind: 'noop' }]],
  ['mail', [GREETED, MAIL, { kind: 'starttls', argument: 'a' }]],
  ['mail', [GREETED, MAIL, { kind: 'bytes', bytes: 'X' }]],
])('%s is the phase behind %j', (phase, steps) => {
  expect(phaseAfter(steps)).toBe(phase);
});
