import { describe, expect, test } from 'vitest';
import { namesOf } from '../../properties/markers.ts';
import { events, eventsBefore, sayingAgain, WAYS, type Way } from '../../src/limits/events.ts';
import { phaseAfter } from '../../src/phase.ts';
import { BARE, type Scenario, type Step } from '../../src/scenario.ts';
import type { Entry, Transcript } from '../../src/transcript.ts';

const scenario = (before: readonly Step[], after: readonly Step[] = []): Scenario => ({
  before,
  upgrade: BARE,
  after,
});
const ways = WAYS.map(way => [`${way.limit}: ${way.counts}`, way] as const);
const wayOf = (counts: string): Way => WAYS.find(way => way.counts === counts) as Way;

describe.each(ways)('neutral events, %s', (_, way) => {
  const busy = scenario([{ kind: 'ehlo', name: 'a' }], [{ kind: 'mail', from: 'b' }]);

  test('leave the session as they found it, a greeting apart where they need one', () => {
    for (const count of [1, 3])
      expect(phaseAfter(events(way, count, busy))).toBe(way.greeted ? 'greeted' : 'start');
  });

  test('say no name that the scenario says, and are as many as are asked for', () => {
    const steps = events(way, 4, busy);
    const said = new Set(steps.flatMap(namesOf));
    expect([said.has('a'), said.has('b')]).toEqual([false, false]);
    const each = way.event('x', 'y').length;
    expect(steps).toHaveLength(4 * each + (way.greeted ? 1 : 0));
  });
});

test('where a scenario says nearly all names, some have to do', () => {
  const all = [...'abcdefghijklmnopqrstuvwxy'].map((name): Step => ({ kind: 'ehlo', name }));
  expect(events(wayOf('VRFY'), 3, scenario(all)).flatMap(namesOf)).toEqual(['y', 'z', 'x']);
});

describe('events in what was said before STARTTLS', () => {
  const sent = (bytes: string, part: Entry['part'] = 'before'): Entry => ({
    at: 0,
    part,
    step: 0,
    kind: 'sent',
    bytes,
  });
  const transcript = (...entries: readonly Entry[]): Transcript => ({
    nonce: 'z',
    upgrade: 'secure',
    entries,
    handlers: [],
    deliveries: [],
    connections: 1,
  });
  const before: readonly Step[] = [
    { kind: 'ehlo', name: 'a' },
    { kind: 'mail', from: 'b' },
    { kind: 'rcpt', to: 'c' },
    { kind: 'mail', from: 'd' },
  ];

  test('are the steps of their kinds, or any line that was sent', () => {
    const run = transcript(
      sent('EHLO'),
      sent('MAIL'),
      sent('RCPT'),
      sent('MAIL'),
      sent('STARTTLS', 'upgrade'),
    );
    expect(eventsBefore(wayOf('MAIL, accepted'), scenario(before), run)).toBe(2);
    expect(eventsBefore(wayOf('RCPT, accepted'), scenario(before), run)).toBe(1);
    expect(eventsBefore(wayOf('NOOP'), scenario(before), run)).toBe(4);
  });

  test('are the lines and the bytes that travelled with STARTTLS as well, and no more than those', () => {
    const glued = {
      ...scenario([]),
      upgrade: { ...BARE, glued: { lines: [], times: 1, ending: 'CRLF' } },
    } as const;
    const run = transcript(sent(`STARTTLS\r\n${'NOOP\r\n'.repeat(9)}`, 'upgrade'));
    expect(eventsBefore(wayOf('NOOP'), glued, run)).toBe(10);
    expect(eventsBefore(wayOf('32 bytes'), glued, run)).toBe(3);
    expect(eventsBefore(wayOf('unrecognised commands'), glued, run)).toBe(0);
    expect(eventsBefore(wayOf('NOOP'), scenario([]), run)).toBe(0);
  });

  test('are more than the bytes that were sent come to, since not every server counts all of them', () => {
    const run = transcript(sent('x'.repeat(64)), sent('y'.repeat(999), 'after'));
    expect(eventsBefore(wayOf('32 bytes'), scenario([]), run)).toBe(3);
  });
});

test('steps say a name again as it was spelled, whichever verb greeted', () => {
  const said: readonly Step[] = [
    { kind: 'helo', name: 'a', long: true },
    { kind: 'mail', from: 'b', local: true, quoted: true, size: 1 },
  ];
  const plain: readonly Step[] = [
    { kind: 'ehlo', name: 'x' },
    { kind: 'mail', from: 'y' },
  ];
  expect(sayingAgain(plain, said)).toEqual([
    { kind: 'ehlo', name: 'a', long: true },
    { kind: 'mail', from: 'b', local: true, quoted: true },
  ]);
});

test('steps say again what the last of their kind said, and keep all else', () => {
  const said: readonly Step[] = [
    { kind: 'mail', from: 'a' },
    { kind: 'mail', from: 'b', size: 1 },
    { kind: 'rcpt', to: 'c' },
  ];
  expect(
    sayingAgain(
      [
        { kind: 'mail', from: 'x' },
        { kind: 'rcpt', to: 'y', foreign: true },
        { kind: 'auth', mechanism: 'PLAIN', answer: 'wrong', user: 'z' },
        { kind: 'noop' },
      ],
      said,
    ),
  ).toEqual([
    { kind: 'mail', from: 'b' },
    { kind: 'rcpt', to: 'c', foreign: true },
    { kind: 'auth', mechanism: 'PLAIN', answer: 'wrong', user: 'z' },
    { kind: 'noop' },
  ]);
});
