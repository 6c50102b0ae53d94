import { beforeAll, describe, expect, test } from 'vitest';
import { json } from '../../src/report/json.ts';
import type { Report } from '../../src/report/report.ts';
import { resultsOf, targetsOf, verdictOf } from '../../src/report/results.ts';
import { realReport } from './stored.ts';

let login: Report;
let sound: Report;
beforeAll(async () => {
  login = await realReport('reference:keeps-login');
  sound = await realReport('reference');
});

const at = (report: Report, startedAt: string, more: Partial<Report> = {}): Report => ({
  ...report,
  ...more,
  startedAt,
});
const only = (results: ReturnType<typeof resultsOf>) => {
  const [target, ...others] = targetsOf(results);
  if (target === undefined || others.length > 0) throw new Error('one target was expected');
  return target;
};

describe('merging results', () => {
  test('the same result twice counts once, however its JSON is laid out', () => {
    const reordered = Object.fromEntries(Object.entries(login).reverse()) as unknown as Report;
    expect(resultsOf([login, sound, login, reordered]).runs).toHaveLength(2);
  });

  test('the order in which results are handed over makes no difference', () => {
    const parts = [at(login, '2026-01-03T00:00:00Z'), at(sound, '2026-01-02T00:00:00Z'), login];
    expect(json(resultsOf([...parts].reverse()))).toBe(json(resultsOf(parts)));
  });

  test('merging what is merged changes nothing', () => {
    const once = json(resultsOf([login, sound]));
    expect(json(resultsOf([...(JSON.parse(once) as Report[]), login]))).toBe(once);
  });

  test('a finding of any part counts, and is listed once', () => {
    const parts = [1, 2, 3].map(day => at(login, `2026-01-0${day}T00:00:00Z`));
    const target = only(resultsOf([...parts, at(sound, '2026-01-04T00:00:00Z', { target: login.target })]));
    expect(target.verdict).toBe('violated');
    expect(target.findings.map(({ fingerprint }) => fingerprint)).toEqual(
      login.findings.map(({ fingerprint }) => fingerprint),
    );
    expect(target.findings[0]?.runs).toBe(3);
  });

  test('a finding that parts name by different claims keeps all of them', () => {
    const [finding] = login.findings;
    if (finding === undefined) throw new Error('nothing found');
    const { also: _, ...alone } = finding;
    const runs = [
      { ...alone, claim: 'markers', steps: alone.steps + 1 },
      { ...alone, claim: 'fresh-connection', also: ['handler-state'] },
    ].map((one, day) => at(login, `2026-01-0${day + 1}T00:00:00Z`, { findings: [one] }));
    const [merged] = only(resultsOf(runs)).findings;
    expect(merged?.claim).toBe('fresh-connection');
    expect(merged?.also).toEqual(['handler-state', 'markers']);
  });

  /** A finding of that name. */
  const named = (fingerprint: string, more: Partial<Report['findings'][number]> = {}) => {
    const [finding] = login.findings;
    if (finding === undefined) throw new Error('nothing found');
    return { ...finding, fingerprint, ...more };
  };

  test('of several sightings the minimal one is shown, then the shorter one, then the later one', () => {
    const shown = (...seen: readonly Partial<Report['findings'][number]>[]) => {
      const runs = seen.map((more, day) =>
        at(login, `2026-01-0${day + 1}T00:00:00Z`, { findings: [named('a', more)] }),
      );
      return only(resultsOf(runs)).findings[0]?.summary;
    };
    const long = { steps: 9, minimal: true, summary: 'long' };
    const small = { steps: 3, minimal: true, summary: 'small' };
    const raw = { steps: 2, minimal: false, summary: 'raw' };
    expect(shown(raw, long, small)).toBe('small');
    expect(shown(small, long, raw)).toBe('small');
    expect(shown({ ...small, summary: 'earlier' }, small)).toBe('small');
  });

  test('a claim that one part could not judge is judged by the others', () => {
    const idle = sound.claims.map(claim => ({ ...claim, judged: 0, verdict: 'inconclusive' as const }));
    const target = only(resultsOf([sound, at(sound, '2026-01-01T00:00:00Z', { claims: idle })]));
    expect(target.claims).toEqual(sound.claims);
  });

  test('against earlier runs a finding is new, known, or gone; they count for nothing else', () => {
    const [finding] = login.findings;
    if (finding === undefined) throw new Error('nothing found');
    const other = { ...finding, fingerprint: 'keeps something else' };
    const earlier = at(login, '2026-01-01T00:00:00Z', { findings: [finding] });
    const now = at(login, '2026-01-02T00:00:00Z', { findings: [finding, other] });
    const statuses = only(resultsOf([now], [earlier])).findings.map(({ status }) => status);
    expect(statuses).toEqual(['known', 'new']);
    const fixed = only(resultsOf([at(sound, '2026-01-02T00:00:00Z', { target: login.target })], [earlier]));
    expect(fixed.gone).toEqual([finding.fingerprint]);
    expect(fixed.verdict).toBe('holds');
  });

  test('sightings are added, and the runs counted that found the same', () => {
    const one = at(login, '2026-01-01T00:00:00Z', {
      findings: [named('a', { sightings: 3 }), named('b', { sightings: 5 })],
    });
    const two = at(login, '2026-01-02T00:00:00Z', { findings: [named('a', { sightings: 4 })] });
    const counts = only(resultsOf([one, two])).findings.map(({ fingerprint, sightings, runs }) => [
      fingerprint,
      sightings,
      runs,
    ]);
    expect(counts).toEqual([
      ['a', 7, 2],
      ['b', 5, 1],
    ]);
  });

  test('what still differs, or is found by another part, is not gone', () => {
    const elsewhere = { ...named('c').scenario, before: [] } as Report['findings'][number]['scenario'];
    const earlier = at(login, '2026-01-01T00:00:00Z', {
      findings: [named('a', { scenario: elsewhere }), named('b'), named('c', { scenario: elsewhere })],
    });
    const differing = [named('b').scenario] as NonNullable<Report['differing']>;
    const now = [
      at(sound, '2026-01-02T00:00:00Z', { target: login.target, differing }),
      at(login, '2026-01-03T00:00:00Z', { findings: [named('c')] }),
    ];
    expect(only(resultsOf(now, [earlier])).gone).toEqual(['a']);
    expect(only(resultsOf(now, [])).gone).toEqual([]);
  });

  test('of earlier runs the latest of the same target tells what is known, and none that is a run of now', () => {
    const statuses = (...earlier: readonly Report[]) =>
      only(resultsOf([at(login, '2026-01-05T00:00:00Z')], earlier)).findings.map(({ status }) => status);
    const found = at(login, '2026-01-01T00:00:00Z');
    const clean = at(login, '2026-01-02T00:00:00Z', { findings: [] });
    expect(statuses(found, clean)).toEqual(['new']);
    expect(statuses(clean, found)).toEqual(['new']);
    expect(statuses(at(clean, '2026-01-01T00:00:00Z'), at(found, '2026-01-02T00:00:00Z'))).toEqual(['known']);
    expect(statuses(at(sound, '2026-01-03T00:00:00Z'))).toEqual([undefined]);
    expect(statuses(at(login, '2026-01-05T00:00:00Z'))).toEqual([undefined]);
  });

  test('targets come in the order of their names, each with its own runs', () => {
    const of = (name: string, day: number) =>
      at(login, `2026-01-0${day}T00:00:00Z`, { target: { ...login.target, name } });
    const told = targetsOf(resultsOf([of('c', 1), of('a', 2), of('b', 3), of('a', 4)]));
    expect(told.map(({ name, runs }) => [name, runs.length])).toEqual([
      ['a', 2],
      ['b', 1],
      ['c', 1],
    ]);
  });

  test('of several verdicts the gravest counts, and none at all is no pass', () => {
    expect(verdictOf([{ verdict: 'holds' }, { verdict: 'inconclusive' }])).toBe('inconclusive');
    expect(verdictOf([{ verdict: 'inconclusive' }, { verdict: 'violated' }])).toBe('violated');
    expect(verdictOf([])).toBe('inconclusive');
  });
});
