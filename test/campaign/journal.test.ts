/** The journal: what was written is there again, whole, whatever cut the writer off. */

import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Journal, openJournal } from '../../src/campaign/journal.ts';
import { reportSoFar, type State, targetState } from '../../src/campaign/state.ts';
import type { Unit } from '../../src/campaign/unit.ts';
import type { Report } from '../../src/report/report.ts';
import type { Scenario } from '../../src/scenario.ts';
import { TargetError } from '../../src/targets/target.ts';
import { finding, report } from './reports.ts';
import { newUnit } from './units.ts';

let folder = '';
let file = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'journal-'));
  file = join(folder, 'journal.jsonl');
});
afterEach(() => rmSync(folder, { recursive: true }));

const BEGUN = {
  kind: 'begun',
  schema: 1,
  run: 'r',
  startedAt: '2026-11-24T02:17:00.000Z',
  seed: 7,
  orders: 'o',
} as const;

/** A run with one wave merged, a second under way, and a finding of a unit that is not done. */
function filled(journal: Journal): void {
  journal.record(BEGUN);
  journal.record({ kind: 'planned', unit: newUnit('t.explore.0') });
  journal.record({ kind: 'finding', target: 't', finding: finding('keeps login') });
  journal.record({ kind: 'done', unit: 't.explore.0', report: report([finding('keeps login')]) });
  journal.record({ kind: 'planned', unit: newUnit('t.explore.1') });
  journal.record({ kind: 'planned', unit: newUnit('t.explore.2') });
  journal.record({ kind: 'done', unit: 't.explore.2', report: report([], { seconds: 5 }) });
  journal.record({ kind: 'finding', target: 't', finding: finding('keeps sender') });
}

const withoutTime = ({ elapsed: _, ...state }: State): object => state;

test('a run is as it was left when it is opened again', () => {
  const journal = openJournal(file, false);
  filled(journal);
  journal.close();
  const again = openJournal(file, false);
  expect(again.state).toEqual(journal.state);
  expect(
    [...targetState(again.state, 't').wave].map(([id, { report }]) => [id, report === undefined]),
  ).toEqual([
    ['t.explore.1', true],
    ['t.explore.2', false],
  ]);
  expect(reportSoFar(targetState(again.state, 't'))?.findings.map(({ fingerprint }) => fingerprint)).toEqual([
    'keeps login',
    'keeps sender',
  ]);
  again.close();
});

test('wherever the file is cut off, what was whole before the cut is there, and can be added to', () => {
  const journal = openJournal(file, false);
  filled(journal);
  journal.close();
  const whole = readFileSync(file, 'utf8');
  for (let cut = whole.length; cut > 0; cut -= 211) {
    truncateSync(file, 0);
    appendFileSync(file, whole.slice(0, cut));
    const cutOff = openJournal(file, false);
    cutOff.record({ kind: 'ended' });
    cutOff.close();
    const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
    expect(
      lines
        .slice(0, -1)
        .map(line => `${line}\n`)
        .join(''),
    ).toBe(whole.slice(0, whole.lastIndexOf('\n', cut - 1) + 1));
    expect(JSON.parse(lines.at(-1) as string)).toMatchObject({ kind: 'ended' });
  }
});

test('what comes to nothing but a limit, once there is time to look into it, is no finding any more', () => {
  const journal = openJournal(file, false);
  const found = finding('keeps count', { minimal: false });
  const violated = report([found]);
  const claims = [{ id: 'fresh-connection', requirement: found.requirement, judged: 8 }];
  const done = (unit: Unit, outcome: Report): void => {
    journal.record({ kind: 'planned', unit });
    journal.record({ kind: 'done', unit: unit.id, report: outcome });
  };
  done(newUnit('t.explore.0'), {
    ...violated,
    claims: claims.map(claim => ({ ...claim, verdict: 'violated' })),
  });
  expect(targetState(journal.state, 't').merged.report?.verdict).toBe('violated');
  done(
    newUnit('t.minimise.0', { phase: 'minimise', examples: [found.scenario as Scenario] }),
    report([], {
      limits: [{ limit: 'messages', kept: 'kept', explained: 1 }],
      startedAt: '2026-11-24T02:18:00.000Z',
    }),
  );
  expect(targetState(journal.state, 't').merged.report).toMatchObject({
    verdict: 'holds',
    findings: [],
    claims: [{ id: 'fresh-connection', verdict: 'holds' }],
  });
  expect(targetState(journal.state, 't').findings.size).toBe(0);
  journal.close();
});

test('a claim that another finding shows to stays violated when one is withdrawn', () => {
  const journal = openJournal(file, false);
  const withdrawn = finding('keeps count', { minimal: false });
  const stays = finding('keeps login', { also: ['markers'] });
  const violated = (id: string) =>
    ({ id, requirement: stays.requirement, judged: 8, verdict: 'violated' }) as const;
  const first = newUnit('t.explore.0');
  const second = newUnit('t.minimise.0', {
    phase: 'minimise',
    examples: [withdrawn.scenario as Scenario],
  });
  const reports = [
    report([withdrawn, stays], { claims: [violated('markers'), violated('delivered-mail')] }),
    report([], {
      limits: [{ limit: 'messages', kept: 'kept', explained: 1 }],
      startedAt: '2026-11-24T02:18:00.000Z',
    }),
  ];
  for (const [index, unit] of [first, second].entries()) {
    journal.record({ kind: 'planned', unit });
    journal.record({ kind: 'done', unit: unit.id, report: reports[index] as Report });
  }
  const claims = targetState(journal.state, 't').merged.report?.claims ?? [];
  expect(Object.fromEntries(claims.map(({ id, verdict }) => [id, verdict]))).toMatchObject({
    markers: 'violated',
    'delivered-mail': 'holds',
  });
  journal.close();
});

test('a unit that is done twice counts once', () => {
  const journal = openJournal(file, false);
  filled(journal);
  journal.record({ kind: 'done', unit: 't.explore.0', report: report([], { seconds: 9 }) });
  journal.record({ kind: 'done', unit: 't.explore.2', report: report([], { seconds: 9 }) });
  journal.record({ kind: 'done', unit: 't.explore.1', report: report() });
  expect(targetState(journal.state, 't').merged.report?.stats.scenarios).toBe(30);
  journal.close();
});

test('however long a run takes, the journal stays short and says the same', () => {
  const [long, short] = [openJournal(join(folder, 'long'), false), openJournal(file, false, 20_000)];
  for (const journal of [long, short]) {
    filled(journal);
    journal.record({ kind: 'done', unit: 't.explore.1', report: report() });
    for (let number = 3; number < 300; number++) {
      journal.record({ kind: 'planned', unit: newUnit(`t.explore.${number}`) });
      journal.record({ kind: 'done', unit: `t.explore.${number}`, report: report() });
    }
    journal.close();
  }
  expect(statSync(file).size).toBeLessThan(statSync(join(folder, 'long')).size / 3);
  const again = openJournal(file, false);
  expect(withoutTime(again.state)).toEqual(withoutTime(long.state));
  again.close();
});

test('damage within the file is told, and not passed over', () => {
  const journal = openJournal(file, false);
  filled(journal);
  journal.close();
  const lines = readFileSync(file, 'utf8').split('\n');
  rmSync(file);
  appendFileSync(file, [...lines.slice(0, 2), '{"kind":"don', ...lines.slice(3)].join('\n'));
  expect(() => openJournal(file, false)).toThrow(/line 3 is damaged.*--restart/);
});

/** As it stands in the file. */
const WRITTEN = { ...BEGUN, elapsed: 0 };

// The name of a run is that of a folder which is removed before it is written.
test.each<[string, unknown]>([
  ['no event', null],
  ['an event of another kind', { kind: 'weather', elapsed: 0 }],
  ['a run whose folder would lie elsewhere', { ...WRITTEN, run: '../../elsewhere' }],
  ['a run that began at no time', { ...WRITTEN, startedAt: 'then' }],
  ['a unit that is none', { kind: 'planned', unit: { ...newUnit('t.explore.0'), seed: 'x' }, elapsed: 0 }],
  ['a report that is none', { kind: 'done', unit: 't.explore.0', report: {}, elapsed: 0 }],
  ['a finding that is none', { kind: 'finding', target: 't', finding: { fingerprint: 'x' }, elapsed: 0 }],
])('what no campaign has written is not gone on from: %s', (_, line) => {
  writeFileSync(file, `${JSON.stringify(WRITTEN)}\n${JSON.stringify(line)}\n`);
  expect(() => openJournal(file, false)).toThrow(/line 2 is damaged.*--restart/);
  openJournal(file, true).close();
  expect(statSync(file).size).toBe(0);
});

test('time goes on from where it was left, over all starts', async () => {
  writeFileSync(file, `${JSON.stringify({ ...WRITTEN, elapsed: 60_000 })}\n`);
  const journal = openJournal(file, false);
  await new Promise(resolve => setTimeout(resolve, 20));
  expect(journal.elapsed()).toBeGreaterThan(60_015);
  expect(journal.elapsed()).toBeLessThan(90_000);
  journal.record({ kind: 'ended' });
  expect(journal.state.elapsed).toBeGreaterThan(60_015);
  journal.close();
});

test('a journal may be longer than any one of its lines may be', () => {
  const line = `${JSON.stringify({ ...WRITTEN, orders: 'o'.repeat(2 ** 20) })}\n`;
  writeFileSync(file, line.repeat(34));
  const journal = openJournal(file, false);
  expect(journal.state.orders).toHaveLength(2 ** 20);
  journal.close();
});

test('a line without end is not read to its end', () => {
  writeFileSync(file, `${JSON.stringify(WRITTEN)}\n`);
  truncateSync(file, 2 ** 40);
  expect(() => openJournal(file, false)).toThrow(/line 2 is damaged.*--restart/);
});

test('what a machine that lost its power has left behind the last whole line is cut off', () => {
  writeFileSync(file, `${JSON.stringify(WRITTEN)}\n`);
  const { size } = statSync(file);
  truncateSync(file, size + 5_000_000);
  const journal = openJournal(file, false);
  expect(journal.state.run).toBe('r');
  journal.close();
  expect(statSync(file).size).toBe(size);
});

test.each([
  ['a folder', (): void => mkdirSync(file), /cannot be written \(it is a folder, EISDIR\)/],
  [
    'a pipe',
    (): void => void execFileSync('mkfifo', [file]),
    /a pipe or a device, where only a file belongs/,
  ],
  ['a link in a circle', (): void => symlinkSync(file, file), /its link leads in a circle, ELOOP/],
])('where the journal belongs stands %s: one line', (_, make, told) => {
  make();
  expect(() => openJournal(file, false)).toThrow(TargetError);
  expect(() => openJournal(file, true)).toThrow(told);
});

test('a finding gives way to what it turned out to be, when the journal is read again too; what is minimal stays', () => {
  const journal = openJournal(file, false);
  journal.record(BEGUN);
  journal.record({ kind: 'planned', unit: newUnit('t.explore.0') });
  const told = [
    finding('glued burst', { minimal: false }),
    finding('keeps offer', { minimal: false }),
    finding('keeps login'),
    finding('glued lines', { withdraws: 'glued burst' }),
    finding('keeps offer', { minimal: false, withdraws: 'keeps offer' }),
    finding('keeps sender', { withdraws: 'keeps login' }),
  ];
  for (const one of told) journal.record({ kind: 'finding', target: 't', finding: one });
  journal.close();
  const again = openJournal(file, false);
  for (const { state } of [journal, again])
    expect([...targetState(state, 't').findings.keys()]).toEqual([
      'keeps login',
      'glued lines',
      'keeps sender',
    ]);
  again.close();
});
