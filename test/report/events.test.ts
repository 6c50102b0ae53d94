import { expect, test } from 'vitest';
import { foundLine } from '../../src/report/events.ts';
import { finding } from '../campaign/reports.ts';

test('a finding that turned out to be none does not look like one that was found', () => {
  const run = { target: 't', startedAt: '2026-11-28T00:00:00Z', seed: 1 };
  const told = (withdraws?: string): unknown =>
    JSON.parse(foundLine(run, finding('keeps x', withdraws === undefined ? {} : { withdraws }), undefined))
      .withdraws;
  expect([told(), told('keeps x')]).toEqual([undefined, 'keeps x']);
});
