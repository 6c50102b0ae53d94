import { expect, test } from 'vitest';
import { newHookRecord } from '../../src/targets/hook-record.ts';

const call = (hook: string, secure: boolean) => ({ hook, state: {}, secure });

test('what a hook was given in TLS is kept, however often it was called in plaintext', () => {
  const record = newHookRecord();
  record.begin(1);
  for (let calls = 0; calls < 5_000; calls++) record.keep(1, call('mail', false));
  record.keep(1, call('rcpt', true));
  expect(record.of(1).length).toBeLessThan(100);
  expect(record.of(1).at(-1)).toEqual({ hook: 'rcpt', state: {} });
  for (let calls = 0; calls < 5_000; calls++) record.keep(1, call('mail', true));
  expect(record.of(1).length).toBeLessThan(1_000);
});

test('a new connection from the same port has nothing of the earlier one', () => {
  const record = newHookRecord();
  record.begin(1);
  record.keep(1, call('mail', true));
  record.begin(1);
  expect(record.of(1)).toEqual([]);
});

test('the oldest connections go first, and what comes for them then is dropped', () => {
  const record = newHookRecord();
  for (let port = 1; port <= 1_000; port++) {
    record.begin(port);
    record.keep(port, call('mail', true));
  }
  expect(record.of(1)).toEqual([]);
  record.keep(1, call('late', true));
  expect(record.of(1)).toEqual([]);
  expect(record.of(1_000)).toHaveLength(1);
});
