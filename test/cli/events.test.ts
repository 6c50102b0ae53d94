/** `--events FILE`: what a reader that follows the file sees while the command still runs. */

import { type ChildProcess, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, onTestFinished, test } from 'vitest';
import { folder } from '../folder.ts';
import { start } from './afresh.ts';

interface Line {
  readonly event: string;
  readonly run: { readonly target: string; readonly startedAt: string; readonly seed: number };
  readonly fingerprint?: string;
  readonly findings?: number;
}

/** The lines of a file, as `tail -f` tells them. */
function followed(file: string): AsyncIterator<Line> {
  writeFileSync(file, '');
  const tail: ChildProcess = spawn('tail', ['-n', '+1', '-f', file], { stdio: ['ignore', 'pipe', 'ignore'] });
  onTestFinished(() => void tail.kill());
  const lines = createInterface({ input: tail.stdout as NonNullable<typeof tail.stdout> });
  return (async function* () {
    for await (const line of lines) yield JSON.parse(line) as Line;
  })();
}

/** Reads on until a line is as wanted, and returns all up to it. */
async function until(lines: AsyncIterator<Line>, wanted: (line: Line) => boolean): Promise<readonly Line[]> {
  const seen: Line[] = [];
  for (;;) {
    const { value, done } = await lines.next();
    if (done === true) throw new Error(`ended without it: ${JSON.stringify(seen)}`);
    seen.push(value);
    if (wanted(value)) return seen;
  }
}

test.each([
  ['check', 'reference:keeps-login', '--time', '1h'],
  ['check-client', 'reference:keeps-size', '--time', '1h'],
])('%s tells of a finding while it goes on, and how it ended', async (...args) => {
  const file = join(folder(), 'events.jsonl');
  const lines = followed(file);
  const running = start([...args, '--events', file]);
  const early = await until(lines, ({ event }) => event === 'found');
  expect(early[0]?.event).toBe('started');
  running.signal('SIGINT');
  expect((await running.ended).status).toBe(130);
  const late = await until(lines, ({ event }) => event === 'finished');
  const told = late.filter(({ event }) => event === 'finding').map(({ fingerprint }) => fingerprint);
  expect(told).toContain(early.at(-1)?.fingerprint);
  expect(new Set([...early, ...late].map(({ run }) => JSON.stringify(run))).size).toBe(1);
});

test('a campaign tells of each target as of a run of its own', async () => {
  const place = folder();
  const campaign = join(place, 'campaign.yaml');
  writeFileSync(campaign, 'targets: ["reference:keeps-login", reference]\nseed: 3\n');
  const file = join(place, 'events.jsonl');
  const lines = followed(file);
  const running = start(['campaign', campaign, '--time', '1h', '--events', file]);
  const early = await until(lines, ({ event }) => event === 'progress');
  expect(early.slice(0, 2).map(({ event, run }) => `${event} ${run.target}`)).toEqual([
    'started reference:keeps-login',
    'started reference',
  ]);
  running.signal('SIGINT');
  expect((await running.ended).status).toBe(130);
  const late = [
    ...(await until(lines, ({ event }) => event === 'finished')),
    ...(await until(lines, ({ event }) => event === 'finished')),
  ];
  expect(new Set([...early, ...late].map(({ run }) => JSON.stringify(run))).size).toBe(2);
});
