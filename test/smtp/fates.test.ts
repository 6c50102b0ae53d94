/** What becomes of each field of the session when TLS starts. */

import { describe, expect, test } from 'vitest';
import { FATES, FIELDS, fieldsWithFate, secured } from '../../src/smtp/fates.ts';
import { phaseOf } from '../../src/smtp/machine.ts';
import { newSession, type Session, type TlsKnowledge } from '../../src/smtp/session.ts';

const TLS: TlsKnowledge = { version: 'TLSv1.3', sni: 'mx.example', resumed: false };
const OPENED_AT = 1_000;

/** A session in which no field has the value it was born with. */
const FULL: Session = {
  greeting: { verb: 'EHLO', name: 'plain.example' },
  sender: { address: 'a@plain.example', parameters: { SIZE: '1' } },
  recipients: [{ address: 'b@plain.example', parameters: {} }],
  chunks: 'plain',
  login: 'plain',
  dialogue: { mechanism: 'PLAIN' },
  proxy: { NAME: 'plain.example' },
  offer: ['STARTTLS'],
  pending: 'NOOP\r\n',
  transactions: 1,
  sessionRecipients: 2,
  errors: 3,
  unknown: 4,
  commands: 5,
  failedLogins: 6,
  messages: 7,
  bytes: 8,
  openedAt: OPENED_AT,
  domain: 'chosen.example',
  tls: undefined,
};
const BORN = newSession(OPENED_AT);

test('every field of the session has a fate, and a reason for it', () => {
  expect([...FIELDS].sort()).toEqual(Object.keys(BORN).sort());
  for (const field of FIELDS) expect(FATES[field].reason, field).not.toBe('');
});

test('every field has exactly one fate', () => {
  const listed = (['forget', 'limit', 'set'] as const).flatMap(fieldsWithFate);
  expect([...listed].sort()).toEqual([...FIELDS].sort());
});

test('only counts and times are limits', () => {
  for (const field of fieldsWithFate('limit')) expect(typeof BORN[field], field).toBe('number');
});

describe('the session behind a handshake', () => {
  const session = secured(FULL, TLS);

  test.each(fieldsWithFate('forget'))('has forgotten %s', field => {
    expect(FULL[field]).not.toEqual(BORN[field]);
    expect(session[field]).toEqual(BORN[field]);
  });

  test.each(fieldsWithFate('limit'))('has kept %s', field => {
    expect(session[field]).toBe(FULL[field]);
  });

  test('knows what TLS proved, and the domain it was asked for', () => {
    expect(session.tls).toBe(TLS);
    expect(session.domain).toBe('chosen.example');
  });

  test('is in the first phase', () => {
    expect(phaseOf(session)).toBe('start');
  });

  test('is a new object, and leaves the old one alone', () => {
    const old = structuredClone(FULL);
    expect(secured(FULL, TLS)).not.toBe(FULL);
    expect(FULL).toEqual(old);
  });

  test('of an empty session is that of a fresh connection', () => {
    expect(secured(BORN, TLS)).toEqual({ ...BORN, tls: TLS });
  });
});

describe('a flipped field', () => {
  test.each(fieldsWithFate('forget'))('that is to be forgotten is kept: %s', field => {
    expect(secured(FULL, TLS, new Set([field]))).toEqual({ ...secured(FULL, TLS), [field]: FULL[field] });
  });

  // The time of opening is not among them: without a clock there is no other to start from.
  test.each(fieldsWithFate('limit').filter(field => field !== 'openedAt'))(
    'that is a limit starts anew: %s',
    field => {
      expect(secured(FULL, TLS, new Set([field]))).toEqual({ ...secured(FULL, TLS), [field]: 0 });
    },
  );

  test('does not stand alone: several flip together', () => {
    const session = secured(FULL, TLS, new Set(['login', 'errors']));
    expect(session).toEqual({ ...secured(FULL, TLS), login: 'plain', errors: 0 });
  });
});
