import { expect, test } from 'vitest';
import type { ClientFinding } from '../../src/client/finding.ts';
import { remainder, unhindered } from '../../src/client/remainder.ts';
import { CLEAN, type Script } from '../../src/client/script.ts';

const script = (changes: Partial<Script>): Script => ({
  errand: {},
  before: [{ kind: 'size', limit: null }],
  upgrade: CLEAN,
  after: [],
  ...changes,
});
const found = (of: Script): ClientFinding =>
  ({ script: of, deviation: { claim: 'client-injected' }, fingerprint: '' }) as ClientFinding;

test('what rests on an answer to STARTTLS out of the ordinary is gone with the usual one, and the list stays', () => {
  const twoLines = script({ upgrade: { ...CLEAN, lines: 2 } });
  const rich = script({
    before: [...twoLines.before, { kind: 'keyword', keyword: 'DSN' }],
    upgrade: { ...CLEAN, lines: 3 },
  });
  expect(remainder(rich, [found(twoLines)])).toEqual({ ...rich, upgrade: CLEAN });
  const other = script({ upgrade: { ...CLEAN, code: 250 } });
  expect(remainder(other, [found(twoLines)])).toBe(other);
  expect(remainder(other, [found(other)])).toEqual({ ...other, upgrade: CLEAN });
});

test('what goes on in plaintext is looked at without what stands in the way of TLS, be it among much else', () => {
  const cause = script({ upgrade: { ...CLEAN, lines: 2 } });
  const refused = { kind: 'answer', to: 'ehlo', code: 502, lines: 1 } as const;
  const rich = script({
    before: [{ kind: 'auth', mechanisms: ['PLAIN'] }, refused],
    upgrade: { ...CLEAN, lines: 3, glued: { lines: [{ code: 250, text: 'a' }] } },
    after: [refused],
  });
  expect(unhindered(rich, { script: cause })).toEqual({ ...rich, upgrade: { ...rich.upgrade, lines: 1 } });
  expect(unhindered(rich, { script: script({ after: [refused] }) })).toEqual({ ...rich, after: [] });
});

test('and the same script where not all of that stands in its way', () => {
  const cause = script({ upgrade: { ...CLEAN, lines: 2, code: 250 } });
  const other = script({ upgrade: { ...CLEAN, lines: 2 } });
  expect(unhindered(other, { script: cause })).toBe(other);
  expect(unhindered(other, { script: script({}) })).toBe(other);
});
