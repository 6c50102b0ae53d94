import { expect, test } from 'vitest';
import { isRecord, RecordStream, recordLength } from '../src/tls-record.ts';

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

test('what follows whole records and is none is seen, however they are cut', () => {
  const records = Buffer.from('\x17\x03\x03\x00\x02ab\x15\x03\x03\x00\x01c', 'latin1');
  for (let size = 1; size <= records.length; size++) {
    const stream = new RecordStream();
    for (let at = 0; at < records.length; at += size)
      expect(stream.strayIn(records.subarray(at, at + size))).toBe(-1);
    expect(stream.strayIn(Buffer.from('MAIL'))).toBe(0);
  }
  expect(new RecordStream().strayIn(Buffer.concat([records, Buffer.from('MAIL')]))).toBe(records.length);
});
