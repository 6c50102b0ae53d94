/** `afresh lab`: servers that stand by themselves are found again, described as targets, and stopped. */

import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { probe } from '../../../src/probe.ts';
import { aiosmtpd } from '../../../src/targets/lab/aiosmtpd.ts';
import { findRoot, labFolder, makeRoot, obstacle } from '../../../src/targets/lab/root.ts';
import { targetOf } from '../../../src/targets/registry.ts';

const why = obstacle();
const MAIN = join(import.meta.dirname, '../../../src/cli/main.ts');
const LIMIT = 300_000;

describe.skipIf(why !== undefined)(`afresh lab${why === undefined ? '' : ` (skipped: ${why})`}`, () => {
  /** A lab of its own beside the real one, with the same roots, so that no server of the user is touched. */
  let folder: string;
  beforeAll(async () => {
    await makeRoot(aiosmtpd);
    folder = await mkdtemp(join(labFolder(), 'test-'));
    await symlink(join(labFolder(), 'roots'), join(folder, 'roots'));
  }, LIMIT);
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const lab = (...words: string[]) =>
    promisify(execFile)(process.execPath, [MAIN, 'lab', ...words], {
      env: { ...process.env, AFRESH_LAB: folder },
    }).then(
      ({ stdout }) => ({ code: 0, stdout, stderr: '' }),
      (error: { code: number; stdout: string; stderr: string }) => error,
    );

  it(
    'starts a server once, says where it is, and stops it without a trace',
    async () => {
      const started = await lab('start', 'aiosmtpd');
      expect(started).toMatchObject({
        code: 0,
        stdout: expect.stringMatching(/^aiosmtpd {2}smtp:\/\/127\.0\.0\.1:\d+ {2}aiosmtpd \d/),
      });
      expect((await lab('start', 'aiosmtpd')).stdout).toBe(started.stdout);
      expect((await lab('status', 'aiosmtpd')).stdout).toBe(started.stdout);
      const file = started.stdout.trim().split(/\s+/).at(-1) ?? '';
      const target = await targetOf(file).start();
      expect((await probe(target)).baseline).toBe('starttls-first');
      await target.stop();
      expect((await lab('stop', 'aiosmtpd')).stdout).toBe('aiosmtpd  stopped\n');
      expect((await lab('status', 'aiosmtpd')).stdout).toBe('aiosmtpd  not running\n');
      expect(existsSync(file)).toBe(false);
      expect(await readdir(join(folder, 'instances'))).toEqual([]);
    },
    LIMIT,
  );

  it('names the servers there are when it is asked for another', async () => {
    expect(await lab('start', 'aiosmptd')).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/no server aiosmptd; it has .*postfix.*Did you mean aiosmtpd\?\n$/),
    });
  });

  it(
    'says why a root cannot be made, and makes none',
    async () => {
      const request = { name: 'nothing', packages: ['no-such-package-in-debian'] };
      await expect(makeRoot(request)).rejects.toThrow(/no-such-package-in-debian/);
      expect(await findRoot(request)).toBeUndefined();
    },
    LIMIT,
  );
});
