import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test, vi } from 'vitest';
import { userClient } from '../../src/client/command.ts';
import { clientNamed } from '../../src/client/known.ts';
import type { Order } from '../../src/client/launch.ts';
import { endLeftovers } from '../../src/client/leftovers.ts';

const ORDER: Order = {
  host: 'localhost',
  port: 2525,
  ca: '',
  caFile: '/ca.pem',
  user: 'user',
  password: 'secret',
  from: 'a@sender.example',
  to: 'b@recipient.example',
  mark: 'mark',
  tls: 'required',
  errand: {},
  limit: 5_000,
};
const node = (script: string, ...words: readonly string[]) =>
  userClient([process.execPath, '-e', script, ...words, '{port}'], false);

test('a client in a thread is not waited for when the search was stopped before it began', async () => {
  const began = performance.now();
  const exit = await clientNamed('reference:never-ends').launch(ORDER, AbortSignal.abort());
  expect(exit.kind).toBe('late');
  expect(performance.now() - began).toBeLessThan(ORDER.limit);
});

describe('a client that is a command line', () => {
  test('is told what stands in braces, and what it says and how it ends is kept', async () => {
    const script = 'console.log(process.argv.slice(1).join(" ")); process.exitCode = 7';
    const exit = await node(script, '{host}', '{ca}', '{user}:{password}', '{from}', '{other}').launch(ORDER);
    expect(exit).toEqual({
      kind: 'exited',
      code: 7,
      output: 'localhost /ca.pem user:secret a@sender.example {other} 2525\n',
    });
  });

  test('has the message on its standard input, and in a file', async () => {
    const script =
      'const fs = require("fs"); console.log(fs.readFileSync(0, "utf8").length, fs.readFileSync(process.argv[1], "utf8").includes("mark"))';
    const { output } = await node(script, '{message}').launch(ORDER);
    expect(output).toMatch(/^[1-9]\d* true\n$/);
  });

  test("runs where the user is, so that relative paths are the user's", async () => {
    const script = relative(process.cwd(), fileURLToPath(new URL('../cli/keeps-size.mjs', import.meta.url)));
    const { output } = await node('console.log(require("fs").existsSync(process.argv[1]))', script).launch(
      ORDER,
    );
    expect(output).toBe('true\n');
  });

  test('is stopped with all that it started when its time is up', async () => {
    const script =
      'require("child_process").spawn(process.execPath, ["-e", "setInterval(() => {}, 1e3)"], { stdio: "inherit" }); setInterval(() => {}, 1e3)';
    const exit = await node(script).launch({ ...ORDER, limit: 500 });
    expect(exit.kind).toBe('late');
  });

  test('is not waited for when the search was stopped before it began', async () => {
    const began = performance.now();
    const exit = await node('setInterval(() => {}, 1e3)').launch(ORDER, AbortSignal.abort());
    expect(exit.kind).toBe('late');
    expect(performance.now() - began).toBeLessThan(ORDER.limit);
  });

  test('is not waited for longer when what it leaves behind, in a session of its own, holds its output', async () => {
    const script =
      'require("child_process").spawn("sleep", ["4"], { stdio: "inherit", detached: true }).unref(); console.log("done")';
    const began = performance.now();
    expect(await node(script).launch(ORDER)).toEqual({ kind: 'exited', code: 0, output: 'done\n' });
    expect(performance.now() - began).toBeLessThan(3_000);
  });

  test('is stopped in time though what it started, in a session of its own, holds its output', async () => {
    const script =
      'require("child_process").spawn("sleep", ["4"], { stdio: "inherit", detached: true }); setInterval(() => {}, 1e3)';
    const exit = await node(script).launch({ ...ORDER, limit: 500 });
    expect(exit).toMatchObject({ kind: 'late' });
    expect(exit.kind === 'late' && exit.waited).toBeLessThan(2_000);
  });

  test('killed by a signal ends as a shell tells it', async () => {
    expect(await node('process.kill(process.pid, "SIGKILL")').launch(ORDER)).toMatchObject({ code: 137 });
  });

  test.skipIf(process.platform !== 'linux')(
    'leaves nothing behind, though it be in a session of its own',
    async () => {
      const daemon = (stdio: string): string =>
        `const { pid } = require("child_process").spawn("sleep", ["60"], { stdio: "${stdio}", detached: true }); console.log(pid); process.exit()`;
      const isThere = (pid: number): boolean => {
        try {
          return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
        } catch {
          return false;
        }
      };
      const [holding, silent] = await Promise.all(
        ['inherit', 'ignore'].map(async stdio => Number((await node(daemon(stdio)).launch(ORDER)).output)),
      );
      await vi.waitFor(() => expect(isThere(holding as number)).toBe(false));
      // Nobody sees one that holds nothing: it is ended when all is over.
      expect(isThere(silent as number)).toBe(true);
      endLeftovers();
      await vi.waitFor(() => expect(isThere(silent as number)).toBe(false));
    },
  );

  test('fills no memory with what it says', async () => {
    const { output } = await node('process.stdout.write("x".repeat(1e7))').launch(ORDER);
    expect(output).toHaveLength(16_384);
  });

  test('that is not there is told in one line', async () => {
    await expect(userClient(['no-such-client', '{port}'], false).launch(ORDER)).rejects.toThrow(
      'no-such-client cannot be started (ENOENT)',
    );
  });

  test.each([
    ['', 'a command without a name cannot be started (ERR_INVALID_ARG_VALUE)'],
    ['/etc/passwd/client', '/etc/passwd/client cannot be started (ENOTDIR)'],
  ])('that cannot be there is told in one line: "%s"', async (program, told) => {
    await expect(userClient([program, '{port}'], false).launch(ORDER)).rejects.toThrow(told);
  });
});
