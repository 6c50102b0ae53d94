import { describe, expect, test } from 'vitest';
import { GAUGES, timeGauge } from '../../src/limits/gauges.ts';
import { phaseAfter } from '../../src/phase.ts';
import type { Step } from '../../src/scenario.ts';

const hello: Step = { kind: 'ehlo', name: 'z' };

describe.each([...GAUGES, timeGauge(95)].map(gauge => [`${gauge.limit}: ${gauge.counts}`, gauge] as const))(
  'the gauge of %s',
  (_, gauge) => {
    const events = (count: number): number =>
      gauge.steps(count).filter(({ kind }) => kind === gauge.event).length;

    test('has as many events as are asked for, up to the most that are tried', () => {
      for (const count of [0, 1, 2, 3, 7, gauge.most]) expect(events(count)).toBe(count);
    });

    test('says what comes with fewer events first when there are more, so that a refusal is at one place', () => {
      const [few, many] = [gauge.steps(4), gauge.steps(9)];
      const whole =
        few.at(-1)?.kind === 'rset' && gauge.limit === 'transaction-recipients' ? few.slice(0, -1) : few;
      expect(many.slice(0, whole.length)).toEqual(whole);
    });

    test('takes no refusal for an event served, nor the other way round', () => {
      const isRefused = ['errors', 'unknown', 'failed-logins'].includes(gauge.limit);
      expect(gauge.answered(isRefused ? 535 : 250)).toBe(true);
      expect(gauge.answered(isRefused ? 250 : 550)).toBe(false);
    });
  },
);

test('what counts recipients of a session puts few into one transaction, and ends each by RSET', () => {
  const gauge = GAUGES.find(({ limit }) => limit === 'recipients');
  let together = 0;
  let most = 0;
  for (const { kind } of gauge?.steps(20) ?? []) {
    together = kind === 'rcpt' ? together + 1 : 0;
    most = Math.max(most, together);
  }
  expect(most).toBe(3);
  const mails = gauge?.steps(20).filter(({ kind }) => kind === 'mail').length ?? 0;
  expect(gauge?.steps(20).filter(({ kind }) => kind === 'rset')).toHaveLength(mails - 1);
});

test.each(['transactions', 'messages', 'transaction-recipients'])(
  'behind the events of %s no transaction is open',
  limit => {
    const gauge = GAUGES.find(one => one.limit === limit);
    expect(phaseAfter([hello, ...(gauge?.steps(5) ?? [])])).toBe('greeted');
  },
);

test('a line of bytes is as long as RFC 5321, section 4.5.3.1.4, lets every server take, its end included', () => {
  const gauge = GAUGES.find(({ limit }) => limit === 'bytes');
  const [line] = gauge?.steps(1) ?? [];
  expect(line?.kind === 'line' ? line.text.length + 2 : 0).toBe(512);
  expect(gauge?.unit).toBe(512);
});

test('how long a session may last is looked at as long as is said, in waits', () => {
  const gauge = timeGauge(95);
  expect(gauge.most).toBe(10);
  const waited = gauge
    .steps(gauge.most)
    .reduce((sum, step) => sum + (step.kind === 'pause' ? step.ms : 0), 0);
  expect(waited).toBe(100_000);
  expect(gauge.unit).toBe(10);
});
