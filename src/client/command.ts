/**
 * A client that the user gives as a command line: what stands in braces is filled in for each run. How a command is
 * started stands in `launch.ts`.
 */

import { existsSync, statSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { suggestion } from '../suggestion.ts';
import { TargetError } from '../targets/target.ts';
import { type Client, commandClient, MESSAGE, type Order } from './launch.ts';

/** What may stand in a command line of the user, in braces, and what it stands for. */
const PLACEHOLDERS: Readonly<Record<string, (order: Order) => string>> = {
  host: ({ host }) => host,
  port: ({ port }) => String(port),
  ca: ({ caFile }) => caFile,
  user: ({ user }) => user,
  password: ({ password }) => password,
  from: ({ from }) => from,
  to: ({ to }) => to,
  message: () => MESSAGE.crlf,
};

const PLACEHOLDER = /\{([a-z]+)\}/g;

/** The program, and the script where it runs one: words before the first option or placeholder, without their folders. */
export function nameOf(words: readonly string[]): string {
  const end = words.findIndex((word, at) => at > 0 && /^-|\{/.test(word));
  return words
    .slice(0, end < 0 ? words.length : end)
    .map(word => basename(word))
    .join(' ');
}

/** It runs in a folder of its own: what names a file here is named in full. A program without a folder is looked for as a shell does. */
const located = (word: string, at: number): string =>
  (at > 0 || word.includes('/')) && existsSync(word) && statSync(word).isFile() ? resolve(word) : word;

/** A command line of the user, with its placeholders filled in. */
export function userClient(given: readonly string[], impatient: boolean): Client {
  const words = given.map(located);
  const title = words.join(' ');
  if (!title.includes('{port}'))
    throw new TargetError('the command has no {port}: say where the port of the server goes');
  for (const [whole, key = ''] of title.matchAll(PLACEHOLDER)) {
    // What is meant for the client itself may stand in braces too.
    const meant = key in PLACEHOLDERS ? '' : suggestion(key, Object.keys(PLACEHOLDERS));
    if (meant !== '') throw new TargetError(`nothing is filled in for ${whole}.${meant}`);
  }
  return commandClient({
    name: nameOf(words),
    command: words,
    title,
    wishes: ['required', 'opportunistic'],
    impatient,
    line: order => ({
      words: words.map(word =>
        word.replace(PLACEHOLDER, (whole, key: string) => PLACEHOLDERS[key]?.(order) ?? whole),
      ),
    }),
  });
}
