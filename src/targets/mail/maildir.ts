/**
 * Mail that a server delivers into a Maildir: read as it comes in, and removed once it has been judged.
 *
 * Only `new/` is looked at, and only what arrives there after the Maildir was opened. Messages that are not ours
 * are left alone.
 */

import { constants, watch } from 'node:fs';
import { mkdir, open, readdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { NONCE } from '../../nonce.ts';
import type { Mailbox } from '../../stage.ts';
import { arrivals, KEPT_TEXT } from './arrivals.ts';

export interface Maildir extends Mailbox {
  /** Stops watching, and removes the messages of ours that nobody asked for. */
  close(): Promise<void>;
}

/**
 * Whether afresh sent it: its header holds the field that we write, or an address as only our senders have one, of
 * whichever domain. What a body says does not count, since what is ours is removed.
 */
export function isOurs(text: string): boolean {
  const [header = ''] = text.split(/\r?\n\r?\n/, 1);
  return OURS.test(header);
}

const OURS = new RegExp(`^X-Afresh: ${NONCE}[a-z]\\.|\\b${NONCE}[a-z]x*(?:\xc3\xa9)?"?@[a-z0-9]`, 'im');

export async function openMaildir(folder: string, ours = isOurs): Promise<Maildir> {
  const inbox = join(folder, 'new');
  for (const part of ['cur', 'new', 'tmp']) await mkdir(join(folder, part), { recursive: true });
  const mail = arrivals();
  const removals = new Set<Promise<void>>();
  const remove = (file: string): void => {
    const removal = unlink(file).catch(() => {});
    removals.add(removal);
    removal.then(() => removals.delete(removal));
  };
  let seen: ReadonlySet<string> = new Set();
  async function look(): Promise<void> {
    const names = await readdir(inbox).catch(() => []);
    for (const name of names) {
      if (seen.has(name)) continue;
      const file = join(inbox, name);
      const text = await beginning(file);
      if (text !== undefined && ours(text)) mail.arrived(text, () => remove(file));
    }
    seen = new Set(names);
  }
  let looking: Promise<void> | undefined;
  let changed = false;
  /** Looks now, or once more if it is looking already: a message may have come behind its back. */
  function notice(): void {
    changed = true;
    looking ??= (async () => {
      while (changed) {
        changed = false;
        await look();
      }
      looking = undefined;
    })();
  }
  const watcher = watch(inbox, notice).on('error', () => {});
  seen = new Set(await readdir(inbox));
  return {
    find: mail.find,
    async close() {
      watcher.close();
      notice();
      await looking;
      mail.close();
      await Promise.all(removals);
    },
  };
}

/** To open a pipe that nobody writes to would never end, and hold up the end of the process, too. */
const READ = constants.O_RDONLY | constants.O_NONBLOCK;

/** The first 64 KiB of a file, one character a byte; undefined if it is gone, or is no file. */
async function beginning(file: string): Promise<string | undefined> {
  const handle = await open(file, READ).catch(() => undefined);
  if (handle === undefined) return undefined;
  try {
    if (!(await handle.stat()).isFile()) return undefined;
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(KEPT_TEXT), 0, KEPT_TEXT, 0);
    return buffer.toString('latin1', 0, bytesRead);
  } catch {
    return undefined;
  } finally {
    await handle.close().catch(() => {});
  }
}
