import { expect, test } from 'vitest';
import type { ClientFinding } from '../../src/client/finding.ts';
import { remainder } from '../../src/client/remainder.ts';
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
