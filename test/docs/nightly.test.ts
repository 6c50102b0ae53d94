/** docs/nightly.md and the workflows: what they tell people to type works, against a real server. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { CampaignFile, readCampaign } from '../../src/campaign/file.ts';
import { SOUND } from '../../src/targets/reference/behaviour.ts';
import { type Listening, listen } from '../../src/targets/reference/listener.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PAGE = readFileSync(join(ROOT, 'docs', 'nightly.md'), 'utf8');

let folder = '';
let server: Listening | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nightly-'));
});
afterEach(async () => {
  await server?.stop();
  server = undefined;
  rmSync(folder, { recursive: true });
});

/** The fenced blocks of the page, by what stands behind the fence. */
function blocks(kind: RegExp): readonly { readonly name: string; readonly text: string }[] {
  return [...PAGE.matchAll(/^```(\w+)(?: (\S+))?\n(.*?)^```$/gms)].flatMap(
    ([, language = '', name = '', text = '']) => (kind.test(language) ? [{ name, text }] : []),
  );
}

/** A folder with the files of the page, its port that of a server of ours, and `afresh` on the path. */
async function prepared(behaviour: Partial<typeof SOUND> = {}): Promise<void> {
  server = await listen({ behaviour: { ...SOUND, ...behaviour } }, { host: '127.0.0.1', port: 0 });
  for (const { name, text } of blocks(/yaml/)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text.replace('2525', String(server.port)));
  }
  mkdirSync(join(folder, 'bin'));
  const command = join(folder, 'bin', 'afresh');
  writeFileSync(command, `#!/bin/sh\nexec "${process.execPath}" "${join(ROOT, 'src/cli/main.ts')}" "$@"\n`);
  chmodSync(command, 0o755);
}

async function shell(script: string, environment: Readonly<Record<string, string>> = {}) {
  const child = spawn('bash', ['-euo', 'pipefail', '-c', script], {
    cwd: folder,
    env: { ...process.env, PATH: `${join(folder, 'bin')}:${process.env['PATH']}`, ...environment },
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (part: string) => {
      text += part;
    });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, text };
}

test('the commands of the page, one after the other, find nothing in a sound server', async () => {
  await prepared();
  const script = blocks(/^sh$/)
    .map(({ text }) => text)
    .join('');
  expect(script.match(/^afresh /gm)?.length).toBeGreaterThan(1);
  const { code, text } = await shell(script);
  expect(text).toMatch(/mine: nothing found, nothing changed/);
  expect(code).toBe(0);
  for (const file of ['reports/starttls.xml', 'reports/starttls.sarif', 'corpus/reached/mine.json'])
    expect(existsSync(join(folder, file)), file).toBe(true);
}, 180_000);

test('the page’s campaign file and baseline are what the code reads', () => {
  const files = new Map(blocks(/yaml/).map(({ name, text }) => [name, text]));
  expect(CampaignFile.safeParse(parse(files.get('campaign.yaml') ?? '')).success).toBe(true);
  const uncommented = (files.get('known.yaml') ?? '').replace(/^# /gm, '').replace('[]', '');
  expect(parse(uncommented)).toMatchObject([{ target: 'mine', fingerprint: 'keeps login' }]);
});

describe('action.yml', () => {
  const action = parse(readFileSync(join(ROOT, 'action.yml'), 'utf8'));
  const step = action.runs.steps.find((one: { readonly name?: string }) => one.name === 'Campaign');

  test('its campaign step fails on a finding, and leaves the reports', async () => {
    await prepared({ flipped: () => new Set(['login'] as const) });
    const { code } = await shell(step.run, {
      GITHUB_ACTION_PATH: ROOT,
      SMTP_PASSWORD: 'secret',
      CAMPAIGN: 'campaign.yaml',
      MODE: 'pr',
      SHARD: '1/1',
      REPORTS: 'afresh-reports',
    });
    expect(code).toBe(1);
    const reports = JSON.parse(readFileSync(join(folder, 'afresh-reports', 'afresh.json'), 'utf8'));
    expect(JSON.stringify(reports)).toContain('keeps login');
  }, 240_000);

  test('every input that a step is given exists, and none reaches the shell as text', () => {
    const known = Object.keys(action.inputs);
    const text = readFileSync(join(ROOT, 'action.yml'), 'utf8');
    const used = [...text.matchAll(/inputs\.(\w+)/g)].map(([, name]) => name);
    expect(new Set(used)).toEqual(new Set(known));
    for (const { run = '' } of action.runs.steps) expect(run).not.toContain('${{');
  });
});

test.each(['nightly.yml', 'pr.yml'])(
  '.github/workflows/%s runs scripts and a campaign that are there',
  name => {
    const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
    const text = readFileSync(join(ROOT, '.github', 'workflows', name), 'utf8');
    for (const [, script = ''] of text.matchAll(/npm run (?:--silent )?([\w-]+)/g))
      expect(scripts).toHaveProperty(script);
    for (const [, file = ''] of text.matchAll(/campaign (\S+\.yaml)/g))
      expect(readCampaign(join(ROOT, file), { mode: 'nightly' }).targets.length).toBeGreaterThan(0);
    expect(text).toMatch(/campaign/);
  },
);
