/** Campaigns as users run them: killed and gone on with, run again and compared, stopped at the first finding. */

import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, watch, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { runCampaign } from '../../src/campaign/campaign.ts';
import { readCampaign } from '../../src/campaign/file.ts';
import { afresh, events, fingerprints, finished, unitsDone } from './command.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'campaign-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Writes the campaign file of one run folder. */
function campaignFile(run: string, targets: readonly string[], more: object = {}): string {
  mkdirSync(join(folder, run), { recursive: true });
  const file = join(folder, run, 'campaign.json');
  writeFileSync(file, JSON.stringify({ targets, seed: 3, ...more }));
  return file;
}

const resultsOf = (run: string): string => join(folder, run, 'results');
const start = (file: string, ...flags: readonly string[]) => afresh('campaign', file, ...flags);
const run = (file: string, ...flags: readonly string[]) => finished(start(file, ...flags));

/** Kills the campaign, and not its workers, as soon as its journal tells of more results than before. */
async function killedAtNextResult(of: string, child: ChildProcess): Promise<boolean> {
  const results = (): number =>
    events(resultsOf(of)).filter(({ kind }) => kind === 'done' || kind === 'finding').length;
  const before = results();
  const ended = finished(child).then(() => false);
  mkdirSync(resultsOf(of), { recursive: true });
  const watcher = watch(resultsOf(of));
  const grown = new Promise<boolean>(resolve => {
    watcher.on('change', () => {
      if (results() > before) resolve(true);
    });
  });
  const killed = await Promise.race([grown, ended]);
  watcher.close();
  child.kill('SIGKILL');
  await ended;
  return killed;
}

const FAULTY = ['reference:keeps-login', 'reference:keeps-sender', 'reference:keeps-greeting', 'reference'];

test('killed at result after result and gone on with, it finds what an undisturbed one finds, and does no unit twice', async () => {
  const flags = ['--scenarios', '700', '--workers', '2'];
  const undisturbed = await run(campaignFile('whole', FAULTY), ...flags);
  expect(undisturbed.code).toBe(1);

  const file = campaignFile('killed', FAULTY);
  let kills = 0;
  while (await killedAtNextResult('killed', start(file, ...flags))) kills++;
  expect(kills).toBeGreaterThan(3);
  expect(fingerprints(resultsOf('killed'))).toEqual(fingerprints(resultsOf('whole')));
  expect(fingerprints(resultsOf('killed')).length).toBeGreaterThanOrEqual(3);

  const done = unitsDone(resultsOf('killed'));
  expect(done).toHaveLength(4);
  expect(new Set(done).size).toBe(4);
  // What is half written when the kill comes lies beside, under another name.
  for (const name of readdirSync(join(folder, 'killed', 'corpus'), { recursive: true, withFileTypes: true }))
    if (name.name.endsWith('.json')) JSON.parse(readFileSync(join(name.parentPath, name.name), 'utf8'));
}, 240_000);

describe('run again', () => {
  test('what is kept is replayed first: still there, and fixed where it is', async () => {
    const file = campaignFile('again', [], {
      targets: [
        { name: 'a', target: 'reference:keeps-login' },
        { name: 'b', target: 'reference:keeps-sender' },
      ],
    });
    expect((await run(file, '--scenarios', '1000')).text).toMatch(/a: new: keeps login\n {2}b: new: keeps /);
    writeFileSync(
      file,
      JSON.stringify({
        seed: 3,
        targets: [
          { name: 'a', target: 'reference:keeps-login' },
          { name: 'b', target: 'reference' },
        ],
      }),
    );
    const second = await run(file, '--scenarios', '1');
    expect(second.code).toBe(1);
    expect(second.text).toMatch(/a: still there: keeps login\n {2}b: fixed: keeps /);
    const [, again = ''] = /again: afresh (replay .*)/.exec(second.text) ?? [];
    expect((await finished(afresh(...again.split(' ')))).text).toMatch(/^FAILED/);
  });

  test('what is listed with a reason does not fail it; listed and gone does', async () => {
    const baseline = join(folder, 'known.yaml');
    const file = campaignFile('listed', ['reference:keeps-login'], { baseline });
    writeFileSync(
      baseline,
      '- {target: "reference:keeps-login", fingerprint: keeps login, reason: planted}\n',
    );
    expect((await run(file, '--scenarios', '1000')).code).toBe(0);
    writeFileSync(
      baseline,
      '- {target: "reference:keeps-login", fingerprint: keeps login, reason: planted}\n' +
        '- {target: "reference:keeps-login", fingerprint: keeps proxy, reason: was planted}\n',
    );
    const stale = await run(file, '--scenarios', '1000');
    expect(stale.code).toBe(1);
    expect(stale.text).toMatch(/no longer found.*keeps proxy/);
  });
});

test('for a pull request it stops at the first new finding', async () => {
  const file = campaignFile('pr', ['reference:keeps-login'], { budget: { pr: { scenarios: 1_000_000 } } });
  const { code, text } = await run(file, '--mode', 'pr');
  expect(code).toBe(1);
  expect(text).toMatch(/new: keeps login/);
});

test('a target that is down is told, and the others are searched', async () => {
  const file = campaignFile('down', ['smtp://127.0.0.1:1', 'reference']);
  const { code, text } = await run(file, '--scenarios', '500');
  expect(code).toBe(3);
  expect(text).toMatch(/127\.0\.0\.1:1.*INCONCLUSIVE.*nothing answers/);
  expect(text).toMatch(/reference.*HOLDS/);
});

test('shards share the work, and what is kept is replayed by one of them', async () => {
  const whole = campaignFile('whole', ['reference:keeps-login']);
  await run(whole, '--scenarios', '2000');
  const parts = await Promise.all(
    [1, 2].map(index =>
      run(
        campaignFile(`s${index}`, ['reference:keeps-login']),
        '--scenarios',
        '2000',
        '--shard',
        `${index}/2`,
      ),
    ),
  );
  expect(parts.map(({ code }) => code)).toEqual([1, 1]);
  const units = (of: string) => unitsDone(resultsOf(of));
  expect([...units('s1'), ...units('s2')].sort()).toEqual([...units('whole')].sort());
});

test('two campaigns do not write to the same results', async () => {
  const file = campaignFile('same', ['reference']);
  const one = start(file, '--time', '1h');
  await new Promise<void>(resolve => one.stderr?.on('data', () => resolve()));
  const other = await run(file, '--time', '1h');
  expect(other).toMatchObject({ code: 2, text: expect.stringMatching(/another campaign is writing there/) });
  one.kill('SIGINT');
  expect((await finished(one)).code).toBe(130);
});

test('an interruption does not wait for workers that do not answer', async () => {
  const user = new AbortController();
  const nothing = (): void => {};
  const { folder: reports } = await runCampaign({
    campaign: readCampaign(campaignFile('deaf', ['reference']), { mode: 'nightly' }),
    workforce: {
      capacity: 1,
      perform: () => new Promise(() => user.abort()),
      forget: () => Promise.resolve(),
      close: () => Promise.resolve(),
    },
    shard: { index: 1, of: 1 },
    restart: false,
    signal: user.signal,
    watch: { begun: nothing, progress: nothing, finding: nothing, done: nothing },
  });
  expect(reports).toBeUndefined();
}, 10_000);

test.each(['results', 'corpus'])(
  'a folder that cannot be written is told before anything is done: %s',
  async kept => {
    const file = campaignFile('readonly', ['reference'], { [kept]: '/proc/afresh' });
    const { code, text } = await run(file, '--scenarios', '10');
    expect({ code, text }).toEqual({
      code: 2,
      text: expect.stringMatching(/^afresh: \/proc\/afresh.*cannot be written \([a-z ,-]*\w+\)\n$/),
    });
  },
);

test('a corpus that cannot be written any more ends it with one line; the finding is told, and stands in the journal', async () => {
  const file = campaignFile('full', ['reference:keeps-login'], { corpus: 'kept' });
  const child = start(file, '--time', '1h');
  const ended = finished(child);
  const kept = join(folder, 'full', 'kept');
  await new Promise<void>(resolve => child.stderr?.once('data', () => resolve()));
  rmSync(kept, { recursive: true, force: true });
  writeFileSync(kept, '');
  const { code, text } = await ended;
  expect({ code, text }).toEqual({
    code: 2,
    text: expect.stringMatching(
      /afresh: .*kept.*cannot be written \(part of its path is no folder, ENOTDIR\)\n$/,
    ),
  });
  expect(text).toMatch(/FINDING 1: keeps login/);
  expect(text).toMatch(/Not ended; "afresh campaign .*" goes on from here\./);
  expect(events(resultsOf('full')).some(({ kind }) => kind === 'finding')).toBe(true);
}, 120_000);

test('reports that find no room are told all the same, and the next start ends the run', async () => {
  const file = campaignFile('room', ['reference:keeps-login']);
  const runs = join(resultsOf('room'), 'runs');
  const first = start(file, '--scenarios', '300');
  const ended = finished(first);
  await new Promise<void>(resolve => first.stderr?.once('data', () => resolve()));
  rmSync(runs, { recursive: true, force: true });
  writeFileSync(runs, '');
  const { code, text } = await ended;
  expect(text).toMatch(/FINDING 1: keeps login/);
  expect(text).toMatch(/afresh: .*cannot be written \(part of its path is no folder, ENOTDIR\)\n$/);
  expect(text).not.toContain('fault of afresh');
  expect(code).toBe(2);
  rmSync(runs);
  expect((await run(file, '--scenarios', '300')).text).toMatch(/Reports are in /);
}, 120_000);

test('a run that was begun with other settings is not mixed up with this one', async () => {
  const file = campaignFile('other', ['reference']);
  const one = start(file, '--time', '1h');
  await new Promise<void>(resolve => one.stderr?.on('data', () => resolve()));
  one.kill('SIGKILL');
  await once(one, 'close');
  const mixed = await run(file, '--scenarios', '10');
  expect(mixed).toMatchObject({ code: 2, text: expect.stringMatching(/other settings; say --restart/) });
  expect((await run(file, '--scenarios', '10', '--restart')).text).toMatch(/reference.*: /);
});
