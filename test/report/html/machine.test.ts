import { expect, test } from 'vitest';
import { render } from '../../../src/report/html/element.ts';
import { edgesOf, machine, seenOf } from '../../../src/report/html/machine.ts';
import type { Report } from '../../../src/report/report.ts';
import { resultsOf, targetsOf } from '../../../src/report/results.ts';
import type { Scenario } from '../../../src/scenario.ts';
import { MACHINE, PHASES } from '../../../src/smtp/machine.ts';
import { realReport } from '../stored.ts';

const scenario: Scenario = {
  before: [],
  upgrade: { handshake: { kind: 'sound', version: '1.3' } },
  after: [],
};
const seen = (...transitions: string[]) =>
  seenOf({ runs: [{ coverage: {}, reached: [{ scenario, transitions }] } as unknown as Report] });
const reached = (from: string, to: string, ...transitions: string[]) =>
  edgesOf(seen(...transitions)).find(edge => edge.from === from && edge.to === to)?.reached;

test('every move of the machine that changes the state is an edge, on both sides of STARTTLS', () => {
  const moves = PHASES.flatMap(phase =>
    Object.entries(MACHINE[phase]).filter(
      ([event, cell]) => event !== 'starttls' && cell.kind === 'in-order' && cell.next !== phase,
    ),
  );
  const edges = edgesOf(seen());
  const within = edges.filter(({ from, to }) => from.split(' ')[1] === to.split(' ')[1]);
  const events = within.flatMap(edge => edge.events);
  // AUTH stays in its phase when it ends at once, and is a move where its dialogue is left open.
  expect(events.filter(event => event !== 'auth')).toHaveLength(2 * moves.length);
  expect(edges.filter(({ to }) => to === 'start secure').flatMap(edge => edge.events)).toContain('starttls');
  expect(edges.some(({ from, events }) => from.endsWith('secure') && events.includes('starttls'))).toBe(
    false,
  );
});

test('an edge is reached by a step that was granted, and not by one that was refused', () => {
  expect(reached('start plaintext', 'greeted plaintext', 'start plaintext ehlo 5')).toEqual([]);
  expect(reached('start plaintext', 'greeted plaintext', 'start plaintext ehlo 2')).toEqual(['ehlo']);
  expect(reached('start secure', 'greeted secure', 'start plaintext ehlo 2')).toEqual([]);
  expect(reached('mail plaintext', 'start secure', 'mail plaintext starttls 2')).toEqual(['starttls']);
});

test('STARTTLS is reached from the phases in which it was granted', () => {
  const upgrades = ['mail 2', 'rcpt 5'];
  const edges = edgesOf(seenOf({ runs: [{ coverage: { upgrades } } as unknown as Report] }));
  const granted = edges.filter(({ to, reached }) => to === 'start secure' && reached.length > 0);
  expect(granted.map(({ from }) => from)).toEqual(['mail plaintext']);
});

test('only an AUTH that was left open leads to its dialogue', () => {
  expect(reached('greeted secure', 'auth secure', 'greeted secure auth 2')).toEqual([]);
  expect(reached('greeted secure', 'auth secure', 'greeted secure auth 3')).toEqual(['auth']);
});

test('the picture of a real run shows all states, and says how many were visited', async () => {
  const [target] = targetsOf(resultsOf([await realReport('reference')]));
  if (target === undefined) throw new Error('no target');
  const markup = render(machine(target));
  expect(markup.match(/<g class="state (?:reached|missed)">/g)).toHaveLength(2 * PHASES.length);
  expect(markup).toMatch(/\d+ of 12 states visited/);
  expect(markup).not.toContain('NaN');
});
