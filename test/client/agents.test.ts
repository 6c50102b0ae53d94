import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { clientNamed } from '../../src/client/known.ts';
import { runClient } from '../../src/client/run.ts';
import { CLEAN, type Script } from '../../src/client/script.ts';
import { type ClientTranscript, connections } from '../../src/client/transcript.ts';
import { exim } from '../../src/targets/lab/exim.ts';
import { processesIn } from '../../src/targets/lab/instance.ts';
import { opensmtpd } from '../../src/targets/lab/opensmtpd.ts';
import { postfix } from '../../src/targets/lab/postfix.ts';
import { makeRoot, obstacle } from '../../src/targets/lab/root.ts';
import { sendmail } from '../../src/targets/lab/sendmail.ts';
import { authority, caFile } from './authority.ts';

const why = obstacle();
/** The first to come here fetches the packages. */
const FETCHING = 10 * 60_000;

/** Where a mail transfer agent writes. */
const filesOf = (tree: string): readonly string[] =>
  ['etc', 'home', 'run', 'tmp', 'var'].flatMap(folder =>
    readdirSync(join(tree, folder), { recursive: true }).map(String),
  );

const run = (name: string, after: Script['after'], limit: number): Promise<ClientTranscript> =>
  runClient(
    { client: clientNamed(name), authority, caFile, tls: 'required', limit },
    { errand: {}, before: [], upgrade: CLEAN, after },
    { nonce: 'zabcdefghi' },
  );

describe.each([exim, postfix, sendmail, opensmtpd])('$name', server => {
  test(
    'exits with 1 where its message is refused, sends no word of it, and leaves its root as it was',
    async ({ skip }) => {
      skip(why !== undefined, why);
      const { tree } = await makeRoot(server);
      const files = filesOf(tree);
      const transcript = await run(
        server.name,
        [{ kind: 'answer', to: 'rcpt', code: 550, lines: 1 }],
        20_000,
      );
      expect(transcript.exit).toMatchObject({ kind: 'exited', code: 1 });
      expect(connections(transcript)).toBe(1);
      expect(filesOf(tree)).toEqual(files);
    },
    FETCHING,
  );

  test(
    'is stopped with all its processes',
    async ({ skip }) => {
      skip(why !== undefined, why);
      const { tree } = await makeRoot(server);
      const others = new Set(await processesIn(tree));
      const { exit } = await run(server.name, [{ kind: 'close', on: 'ehlo', how: 'silence' }], 1_500);
      expect(exit.kind).toBe('late');
      expect((await processesIn(tree)).filter(pid => !others.has(pid))).toEqual([]);
    },
    FETCHING,
  );
});
