import { expect, test } from 'vitest';
import { told } from '../../src/client/report.ts';
import { saying } from './acted.ts';

test('a command that did not wait for an answer stands behind it, and is told to be older', () => {
  const { entries, ...rest } = saying('EHLO me', 'MAIL FROM:<me@a.example>');
  const [handshake, ehlo, mail] = entries;
  if (handshake === undefined || ehlo?.kind !== 'said' || mail?.kind !== 'said')
    throw new Error('no such run');
  const answer = { ...handshake, kind: 'replied', bytes: '250 server.example\r\n' } as const;
  const transcript = told({ ...rest, entries: [handshake, ehlo, answer, { ...mail, early: true }] });
  expect(transcript.entries.slice(2).map(entry => ('text' in entry ? entry.text : entry.kind))).toEqual([
    'received',
    'sent before that answer:',
    'sent',
    'the client exits with 0',
  ]);
});
