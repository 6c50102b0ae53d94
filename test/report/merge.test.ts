/** Merging reports: counts add up, findings join, and the verdict is drawn from the whole. */

import { expect, test } from 'vitest';
import { MOST_FINDINGS, mergeReports } from '../../src/report/merge.ts';
import type { Report } from '../../src/report/report.ts';
import type { Scenario } from '../../src/scenario.ts';
import { finding, report } from '../campaign/reports.ts';

const grounds = report().grounds as NonNullable<Report['grounds']>;

test('the same report twice counts once', () => {
  const one = report([finding('keeps login')]);
  expect(mergeReports([one, structuredClone(one)])).toEqual(one);
});

test('counts are added', () => {
  const { stats } = mergeReports([report([], { seconds: 1 }), report([], { seconds: 2 })]);
  expect(stats).toMatchObject({ scenarios: 20, judged: 16, connections: 24, connectionsPerScenario: 1.2 });
});

test('of two paces the longer run has the greater share', () => {
  const paced = (connectionsPerSecond: number, seconds: number): Report => {
    const one = report([], { seconds });
    return { ...one, stats: { ...one.stats, connectionsPerSecond, seconds } };
  };
  expect(mergeReports([paced(10, 1), paced(40, 2)]).stats.connectionsPerSecond).toBe(30);
});

test('of what was counted nothing is lost', () => {
  const { stats } = report();
  const counted = (count: number): Report =>
    report([], {
      seed: count,
      seconds: count,
      stats: {
        ...stats,
        seconds: count,
        inconclusive: count,
        vacuous: count,
        retries: count,
        handshakes: count,
        outcomes: { secure: count, [`${count}`]: 1 },
      },
      grounds: {
        ...grounds,
        turnedAway: count,
        late: count,
        glimpses: count,
        passing: count,
        transactions: count,
      },
    });
  const merged = mergeReports([counted(2), counted(3)]);
  const sums = {
    inconclusive: 5,
    vacuous: 5,
    retries: 5,
    handshakes: 5,
    outcomes: { secure: 5, 2: 1, 3: 1 },
  };
  expect(merged.stats).toMatchObject({ ...sums, seconds: 5 });
  expect(merged.grounds).toMatchObject({ turnedAway: 5, late: 5, glimpses: 5, passing: 5, transactions: 5 });
});

test('what one part knows, or was asked for, the whole knows; what every part lacks, the whole lacks', () => {
  const one = report([], {
    grounds: { ...grounds, recipientKnown: true, transactions: 1, wanted: ['a'], stale: ['x', 'y'] },
  });
  const other = report([], {
    seed: 2,
    grounds: { ...grounds, interrupted: true, wanted: ['b', 'a'], stale: ['y', 'z'] },
  });
  expect(mergeReports([one, other]).grounds).toMatchObject({
    recipientKnown: true,
    interrupted: true,
    wanted: ['a', 'b'],
    stale: ['y'],
  });
});

test('where TLS came about in no part, what was in its way is told', () => {
  const lacked = { ...grounds, supported: false };
  const parts = [lacked, { ...lacked, obstacle: 'it is answered 454' }] as const;
  const merged = mergeReports(
    parts.map((one, seed) => report([], { seed, grounds: one })) as [Report, Report],
  );
  expect(merged).toMatchObject({ verdict: 'inconclusive', reason: 'it is answered 454' });
  expect(
    mergeReports([report([], { grounds: lacked }), report([], { seed: 2, grounds: lacked })]),
  ).toMatchObject({ verdict: 'unsupported' });
});

test('what was reached, and what differed, is told once; the target is as the last part met it', () => {
  const { target, coverage } = report();
  const scenario = finding('x').scenario as Scenario;
  const part = (seed: number, discovery: number, upgrades: readonly string[], software: string): Report =>
    report([], {
      seed,
      startedAt: `2026-01-0${seed}T00:00:00Z`,
      target: { ...target, software },
      coverage: { ...coverage, discovery, upgrades },
      differing: [scenario],
    });
  expect(mergeReports([part(1, 0.5, ['b'], 'old'), part(2, 0.1, ['b', 'a'], 'new')])).toMatchObject({
    target: { software: 'new' },
    coverage: { discovery: 0.1, upgrades: ['a', 'b'] },
    differing: [scenario],
  });
});

test('a finding that both have is listed once, in its shorter form, with all its sightings', () => {
  const merged = mergeReports([
    report([finding('keeps login', { minimal: false, steps: 9, sightings: 2 })]),
    report([finding('keeps login', { steps: 3, sightings: 3 }), finding('keeps sender')]),
  ]);
  expect(merged.findings).toMatchObject([
    { fingerprint: 'keeps login', minimal: true, steps: 3, sightings: 5 },
    { fingerprint: 'keeps sender' },
  ]);
  expect(merged.verdict).toBe('violated');
});

test('one part in which the target died makes the whole inconclusive, and says why', () => {
  const dead = report([], {
    verdict: 'inconclusive',
    reason: 'it died',
    grounds: { ...grounds, alive: false },
  });
  expect(mergeReports([report(), dead])).toMatchObject({ verdict: 'inconclusive', reason: 'it died' });
});

test.each([
  ['was met by a closed door', { closed: 'no more connections' }, /no more connections/],
  ['could not measure a limit', { unmeasured: ['errors'] }, /errors/],
])('a part that %s leaves the whole open', (_what, lacked, reason) => {
  const open = report([], { verdict: 'inconclusive', grounds: { ...grounds, ...lacked } });
  expect(mergeReports([open, { ...open, seed: 2 }])).toMatchObject({
    verdict: 'inconclusive',
    reason: expect.stringMatching(reason),
  });
});

test('a limit that another part measured, or TLS that came about in another, is no doubt', () => {
  const lacked = { unmeasured: ['errors'], supported: false, obstacle: 'the handshake fails' };
  const open = report([], { verdict: 'inconclusive', grounds: { ...grounds, ...lacked } });
  expect(mergeReports([open, report()]).verdict).toBe('holds');
});

test('a part with nothing to judge takes nothing from the whole', () => {
  const { stats } = report();
  const small = report([], {
    verdict: 'inconclusive',
    reason: 'no scenario completed a handshake in both runs',
    stats: { ...stats, scenarios: 1, judged: 0 },
  });
  const merged = mergeReports([small, report()]);
  expect(merged.verdict).toBe('holds');
  expect(merged.reason).toBeUndefined();
});

test('findings without end are cut off, and a note says so once', () => {
  const many = (from: number): Report =>
    report(Array.from({ length: 150 }, (_, index) => finding(`keeps ${from + index}`)));
  const merged = mergeReports([mergeReports([many(0), many(150)]), many(300)]);
  expect(merged.findings).toHaveLength(MOST_FINDINGS);
  expect(merged.notes.filter(({ text }) => text.includes(`${MOST_FINDINGS} findings`))).toHaveLength(1);
});

test('so are notes', () => {
  const many = (from: number): Report =>
    report([], {
      seed: from,
      notes: Array.from({ length: 150 }, (_, index) => ({ kind: 'unstable', text: `${from + index}` })),
    });
  const { notes } = mergeReports([many(0), many(150)]);
  expect(notes).toHaveLength(201);
  expect(notes.at(-1)).toEqual({
    kind: 'skipped',
    text: 'there are more than 200 notes; the others are not listed',
  });
});

test('the curve goes on where the first part ended, with what all parts have reached by then', () => {
  const scenario = finding('x').scenario as Scenario;
  const part = (startedAt: string, transition: string): Report => ({
    ...report([], { seconds: 60 }),
    startedAt,
    reached: [{ scenario, transitions: ['a', transition] }],
    curve: [{ seconds: 60, scenarios: 10, transitions: 2, discovery: 0.5 }],
  });
  const { curve } = mergeReports([
    part('2026-01-01T00:00:00Z', 'b'),
    part('2026-01-01T00:01:00Z', 'c'),
    part('2026-01-01T00:05:00Z', 'b'),
  ]);
  expect(curve).toMatchObject([
    { seconds: 60, scenarios: 10, transitions: 2 },
    { seconds: 120, scenarios: 20, transitions: 3 },
    { seconds: 360, scenarios: 30, transitions: 3 },
  ]);
});

test('a claim about a client that too many scripts left open in one part leaves the whole open', () => {
  const [claim] = report().claims as [Report['claims'][number]];
  const open = { claims: [{ ...claim, verdict: 'inconclusive', judged: 30 } as const] };
  const merged = (role: Report['role']): Report =>
    mergeReports([report([], { role }), { ...report([], { role, ...open }), seed: 2 }]);
  expect(merged('client').verdict).toBe('inconclusive');
  expect(merged('client').reason).toContain(claim.id);
  // About a server it is open where not all was looked into behind what was found.
  expect(merged('server').verdict).toBe('holds');
});

test('logins are added, and what another part tested is no longer called untested', () => {
  const login = { kind: 'untested', text: 'no login was accepted', about: 'login' } as const;
  const port = { kind: 'untested', text: 'not served with implicit TLS', about: 'implicit-tls' } as const;
  const form = { kind: 'untested', text: 'SNI: no handshake is completed with it' } as const;
  const part = (before: number, baselines: readonly string[] = []): Report =>
    report([], {
      seconds: before + 1,
      baselines,
      notes: [...(before === 0 ? [login] : []), ...(baselines.length === 0 ? [port] : []), form],
      grounds: { ...grounds, loginKnown: true, logins: { before, inTls: 1, refused: 2 } },
    });
  const both = mergeReports([part(0), part(3)]);
  expect(both.grounds).toMatchObject({ loginKnown: true, logins: { before: 3, inTls: 2, refused: 4 } });
  expect(both.notes).toEqual([port, form]);
  expect(mergeReports([part(0), { ...part(0), seconds: 9 }]).notes).toEqual([login, port, form]);
  expect(mergeReports([part(0), { ...part(0, ['implicit-tls']), seconds: 9 }]).notes).toEqual([login, form]);
});

test('a claim that was asked for is put to the test by the part that judges it; where none does, the whole is open', () => {
  const asked = (judged: number): Report =>
    report([], {
      seed: judged,
      claims: [
        {
          id: 'delivered-mail',
          requirement: 'rfc3207-4.2-server-discards',
          verdict: judged > 0 ? 'holds' : 'inconclusive',
          judged,
        },
      ],
      grounds: { ...grounds, wanted: ['delivered-mail'] },
    });
  expect(mergeReports([asked(0), asked(3)]).verdict).toBe('holds');
  expect(mergeReports([asked(0), { ...asked(0), seed: 7 }])).toMatchObject({
    verdict: 'inconclusive',
    reason: 'nothing put to the test: delivered-mail',
  });
});

test('a target that was not heard at the end of any part is no dead one; one that was down in a part is', () => {
  const ended = (more: Partial<NonNullable<Report['grounds']>>, seed: number): Report =>
    report([], { seed, verdict: 'inconclusive', grounds: { ...grounds, ...more } });
  const [unheard, dead, alive] = [{ alive: false, unheard: true } as const, { alive: false }, {}];
  const together = (...parts: readonly (typeof unheard | typeof dead | typeof alive)[]) => {
    const [first, ...others] = parts.map((more, at) => ended(more, at)) as [Report, ...Report[]];
    return mergeReports([first, ...others]).grounds;
  };
  expect(together(unheard, alive)).toMatchObject({ alive: false, unheard: true });
  expect(together(unheard, dead)).not.toHaveProperty('unheard');
  expect(together(unheard, dead)).toMatchObject({ alive: false });
  expect(together(alive, alive)).toMatchObject({ alive: true });
  for (const key of ['unheard', 'closed', 'interrupted', 'obstacle'])
    expect(together(alive, alive)).not.toHaveProperty(key);
});

test('logins of parts of an earlier version, which did not count them, are none', () => {
  const { logins: _, ...older } = { ...grounds, logins: undefined };
  const merged = mergeReports([
    report([], { seed: 1, grounds: older }),
    report([], { seed: 2, grounds: { ...grounds, logins: { before: 1, inTls: 2, refused: 3 } } }),
  ]);
  expect(merged.grounds?.logins).toEqual({ before: 1, inTls: 2, refused: 3 });
});
