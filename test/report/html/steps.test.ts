import { expect, test } from 'vitest';
import { CLEAN, type Script } from '../../../src/client/script.ts';
import { stepLabels } from '../../../src/report/html/steps.ts';
import type { Scenario } from '../../../src/scenario.ts';
import { ALL_STEPS } from '../../steps.ts';

const scenario: Scenario = {
  before: [{ kind: 'ehlo', name: 'a' }],
  upgrade: {
    glued: {
      lines: [{ kind: 'noop' }],
      times: 400,
      ending: 'CRLF',
      fragment: { kind: 'mail', from: 'b' },
    },
    handshake: { kind: 'sound', version: '1.3' },
  },
  after: [{ kind: 'rcpt', to: 'b' }],
};

test('a scenario is told step by step, the upgrade with all that goes with it as one', () => {
  expect(stepLabels(scenario)).toEqual([
    { text: 'EHLO name=a', where: 'plaintext' },
    {
      text: 'STARTTLS, glued to it [NOOP] ×400 and [MAIL from=b] without a line end, TLS 1.3',
      where: 'upgrade',
    },
    { text: 'RCPT to=b', where: 'tls' },
  ]);
});

test('behind a handshake that fails, steps are in plaintext', () => {
  const failing: Scenario = { ...scenario, upgrade: { handshake: { kind: 'failed', how: 'alert' } } };
  expect(stepLabels(failing).map(({ where }) => where)).toEqual(['plaintext', 'upgrade', 'plaintext']);
  expect(stepLabels(failing)[1]?.text).toBe('STARTTLS, handshake fails: alert');
});

test('every step has words of its own', () => {
  const labels = stepLabels({ ...scenario, before: ALL_STEPS }).map(({ text }) => text);
  expect(new Set(labels).size).toBe(labels.length);
});

test('a server script tells the newest version that it takes, and the certificate', () => {
  const script = (version: '1.2' | '1.3'): Script => ({
    errand: {},
    before: [],
    upgrade: { ...CLEAN, handshake: { kind: 'sound', version, certificate: 'expired' } },
    after: [],
  });
  expect(stepLabels(script('1.3'))[0]?.text).toBe('220 to STARTTLS, TLS up to 1.3, certificate: expired');
  const { upgrade, ...rest } = script('1.3');
  expect(stepLabels({ ...rest, upgrade: { ...upgrade, unanswered: 'fin' } })[0]?.text).toMatch(
    /^no answer to STARTTLS: fin,/,
  );
  expect(stepLabels(script('1.2'))[0]?.text).toBe('220 to STARTTLS, TLS 1.2, certificate: expired');
});
