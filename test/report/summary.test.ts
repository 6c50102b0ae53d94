/** What the end of a report says. */

import { beforeAll, describe, expect, test } from 'vitest';
import type { Note } from '../../src/note.ts';
import type { Report } from '../../src/report/report.ts';
import { summary } from '../../src/report/summary.ts';
import { realReport } from './stored.ts';

let violated: Report;
let sound: Report;
beforeAll(async () => {
  [violated, sound] = [await realReport(), await realReport('reference')];
});

const told = (report: Report): string => summary(report).join('\n');

describe('the end of a report', () => {
  test('that holds names the claims that nothing put to the test, and does not call them doubtful', () => {
    const claims = sound.claims.map(claim =>
      claim.id === 'delivered-mail' ? { ...claim, judged: 0, verdict: 'inconclusive' as const } : claim,
    );
    const text = told({ ...sound, claims });
    expect(text).toMatch(/HOLDS\n {2}Nothing that was said before STARTTLS could be seen after it\./);
    expect(text).toMatch(/not tested {3}delivered-mail +0/);
    expect(text).toContain('Not put to the test: delivered-mail.');
    expect(text).toContain('delivered mail --maildir or --sink');
    expect(text).not.toContain('hooks');
  });

  test('where nothing was tested says so, and no figures', () => {
    const text = told({
      ...sound,
      verdict: 'unsupported',
      reason: 'STARTTLS is not offered',
      stats: { ...sound.stats, scenarios: 0 },
    });
    expect(text).toContain('UNSUPPORTED: STARTTLS is not offered');
    expect(text).not.toContain('baselines');
  });

  test('tells who has a client what to look at, and how it was asked where it says no more than its name', () => {
    const target = { name: 'python3 mail.py', address: 'TLS required', software: 'python3 mail.py' };
    const text = told({ ...sound, role: 'client', target, verdict: 'unsupported' });
    expect(text).toContain('python3 mail.py (TLS required): UNSUPPORTED');
    expect(text).toContain(
      'Next: see that the client is told to use STARTTLS, and the server at {host} and {port}.',
    );
  });

  test('prints what was accepted with its reason, and of much noise only some', () => {
    const noise = Array.from({ length: 30 }, (_, at): Note => ({ kind: 'noise', text: `place ${at}` }));
    const known: Note = { kind: 'known', text: 'keeps proxy: …; accepted: our proxy vouches for it' };
    const text = told({ ...sound, notes: [known, ...noise] });
    expect(text).toContain('accepted: our proxy vouches for it');
    expect(text).toContain('note (noise): 28 more, all of them in the JSON result');
  });
});

test('what a run would be without its findings is told where they are no more than should', () => {
  const otherwise = { verdict: 'inconclusive', reason: 'it died' } as const;
  const line = 'But for what was found: inconclusive: it died';
  expect(told({ ...violated, otherwise })).not.toContain(line);
  const findings = violated.findings.map(finding => ({ ...finding, level: 'should' as const }));
  expect(told({ ...violated, findings, otherwise })).toContain(line);
});

test('a claim that deviated by a defect of another name says by which', () => {
  const [finding] = violated.findings;
  if (finding === undefined) throw new Error('nothing found');
  const claims = violated.claims.filter(({ id }) => id !== finding.claim).slice(0, 1);
  const [{ id } = { id: '' }] = claims;
  const text = told({ ...violated, claims, findings: [{ ...finding, also: [id] }] });
  expect(text).toMatch(new RegExp(`${id} .*\\(by "${finding.fingerprint}"\\)`));
});
