/** Whatever else lies in a Maildir: it is left alone, and holds nobody up. */

import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openMaildir } from '../../../src/targets/mail/maildir.ts';
import { folder } from '../../folder.ts';

test('pipes, folders, devices and links that lead nowhere are passed over, and mail behind them is found', async () => {
  const directory = folder();
  const inbox = join(directory, 'new');
  const mail = await openMaildir(directory, text => text.startsWith('ours'));
  // More of them than there are threads that open files.
  for (const pipe of ['a', 'b', 'c', 'd', 'e']) execFileSync('mkfifo', [join(inbox, pipe)]);
  mkdirSync(join(inbox, 'folder'));
  symlinkSync('loop', join(inbox, 'loop'));
  symlinkSync('/dev/zero', join(inbox, 'zero'));
  const others = readdirSync(inbox);
  writeFileSync(join(inbox, 'z'), 'ours: mark');
  expect(await mail.find('mark', 5_000)).toBe('ours: mark');
  await mail.close();
  expect(readdirSync(inbox)).toEqual(others);
});
