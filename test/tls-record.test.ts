import { expect, test } from 'vitest';
import { isRecord, recordLength } from '../src/tls-record.ts';

test('change_cipher_spec, alert, handshake and data begin a record, and nothing else does', () => {
  const begins = Array.from({ length: 256 }, (_, byte) => byte).filter(isRecord);
  expect(begins).toEqual([0x14, 0x15, 0x16, 0x17]);
  // No byte at all, of a buffer and of a text.
  expect([isRecord(undefined), isRecord(''.charCodeAt(0))]).toEqual([false, false]);
});

test('a record is as long as its header says, once that is whole', () => {
  expect(recordLength('\x16\x03\x01\x01\x05')).toBe(5 + 0x105);
  expect(recordLength('\x16\x03\x01\x01')).toBeUndefined();
});
