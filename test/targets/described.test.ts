import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { newNonce } from '../../src/nonce.ts';
import type { TargetDescription } from '../../src/targets/described.ts';
import { targetOf } from '../../src/targets/registry.ts';
import { start } from '../cli/afresh.ts';
import { folder } from '../folder.ts';
import { freePort } from '../ports.ts';

const SERVER = fileURLToPath(new URL('server.mjs', import.meta.url));

/** A target file, beside which paths are taken from. */
function file(description: Partial<TargetDescription>, directory = folder()): string {
  const path = join(directory, 'target.json');
  writeFileSync(
    path,
    JSON.stringify({ schema: 1, kind: 'afresh-target', address: 'smtp://127.0.0.1:1', ...description }),
  );
  return path;
}

const answers = (port: number): Promise<boolean> =>
  new Promise(resolve => {
    const socket = connect(port, '127.0.0.1');
    socket.once('data', () => resolve(true)).once('error', () => resolve(false));
    socket.once('data', () => socket.destroy());
  });

describe('a target file', () => {
  test('starts the server, waits for its greeting, and leaves nothing behind', async () => {
    const port = await freePort();
    const running = await targetOf(
      file({
        address: `smtp://127.0.0.1:${port}`,
        start: { command: [process.execPath, SERVER, String(port)] },
        login: { user: 'tester', password: 'secret' },
        recipient: '*@lab.example',
        knownDeviations: [{ fingerprint: 'keeps login', reason: 'a test' }],
      }),
    ).start();
    expect(running).toMatchObject({
      address: `smtp://127.0.0.1:${port}`,
      login: { user: 'tester', password: 'secret' },
      recipient: '*@lab.example',
      knownDeviations: [{ fingerprint: 'keeps login' }],
    });
    expect(await answers(port)).toBe(true);
    await running.stop();
    expect(await answers(port)).toBe(false);
  });

  test('may start a server that stays behind, and stop it by a command', async () => {
    const port = await freePort();
    const directory = folder();
    const started = `setsid ${process.execPath} ${SERVER} ${port} >/dev/null 2>&1 & echo $! > pid`;
    const running = await targetOf(
      file(
        {
          address: `smtp://127.0.0.1:${port}`,
          start: { command: ['sh', '-c', started] },
          stop: ['sh', '-c', 'kill $(cat pid); while kill -0 $(cat pid) 2>/dev/null; do sleep 0.05; done'],
        },
        directory,
      ),
    ).start();
    expect(await answers(port)).toBe(true);
    await running.stop();
    expect(await answers(port)).toBe(false);
  });

  test('a server that stays behind is stopped however afresh ends', async () => {
    const port = await freePort();
    const started = `setsid ${process.execPath} ${SERVER} ${port} >/dev/null 2>&1 & echo $! > pid`;
    const path = file({
      address: `smtp://127.0.0.1:${port}`,
      start: { command: ['sh', '-c', started] },
      stop: ['sh', '-c', 'kill $(cat pid)'],
    });
    const searching = start(['check', path]);
    await searching.said('checking');
    expect(await answers(port)).toBe(true);
    // The second ends it at once.
    searching.signal('SIGINT');
    searching.signal('SIGTERM');
    expect((await searching.ended).status).toBeGreaterThan(128);
    await expect.poll(() => answers(port), { timeout: 10_000 }).toBe(false);
  });

  test.each<[string, readonly string[], RegExp]>([
    ['there is no such program', ['./no-such-server'], /no-such-server does not start: .*ENOENT/],
    ['the server fails', ['sh', '-c', 'echo no licence >&2; exit 4'], /sh does not start: .*4.*no licence/],
    ['nothing greets', ['sleep', '60'], /sleep does not start: no greeting within 0\.3 s/],
  ])('says in one line why it cannot start: %s', async (_, command, message) => {
    const target = targetOf(file({ start: { command, seconds: 0.3 } }));
    await expect(target.start()).rejects.toThrow(message);
    await expect(target.start()).rejects.not.toThrow(/\n/);
  });

  test.each<[string, object, RegExp]>([
    ['an unknown field', { recipients: 'a@b' }, /target\.json: .*recipients/],
    ['a newer schema', { schema: 2 }, /target\.json: schema 2, this afresh knows schema 1 only/],
    ['another kind', { kind: 'afresh-scenario' }, /target\.json: not the description of a target/],
    ['no address', { address: '127.0.0.1' }, /target\.json: address: 127\.0\.0\.1 is not smtp:/],
    ['a host that is not ours to test', { address: 'smtp://192.0.2.1' }, /say --authorised 192\.0\.2\.1/],
    [
      'a reason that is none',
      { knownDeviations: [{ fingerprint: 'x', reason: ' ' }] },
      /no reason, no exception/,
    ],
  ])('is refused for %s', (_, wrong, message) => {
    expect(() => targetOf(file(wrong))).toThrow(message);
  });

  test('wins over nothing that the command line says', async () => {
    const path = file({ helo: 'file.example', recipient: 'file@lab.example' });
    const running = await targetOf(path, { recipient: 'flag@lab.example' }).start();
    expect(running).toMatchObject({ helo: 'file.example', recipient: 'flag@lab.example' });
  });

  test('says where mail is delivered, from where it stands', async () => {
    const directory = folder();
    for (const part of ['new', 'cur', 'tmp']) mkdirSync(join(directory, 'mail', part), { recursive: true });
    const path = file({ delivery: { maildir: 'mail' } }, directory);
    const running = await targetOf(path).start();
    const mark = `${newNonce()}a.after.2.`;
    writeFileSync(join(directory, 'mail', 'new', '1'), `X-Afresh: ${mark}\r\n\r\nHello`);
    writeFileSync(join(directory, 'mail', 'new', '2'), 'Subject: from somebody else\r\n\r\n@sender.example');
    expect(await running.mailbox?.find(mark, 5_000)).toContain('Hello');
    await running.stop();
    expect(readdirSync(join(directory, 'mail', 'new'))).toEqual(['2']);
  });

  test('a Maildir that is none is told at once', async () => {
    await expect(targetOf(file({ delivery: { maildir: 'nowhere' } })).start()).rejects.toThrow(
      /nowhere: no Maildir there/,
    );
    const directory = folder();
    const started = () => targetOf(file({ delivery: { maildir: 'mail' } }, directory)).start();
    writeFileSync(join(directory, 'mail'), '');
    await expect(started()).rejects.toThrow(
      /mail: cannot be read \(part of its path is no folder, ENOTDIR\)/,
    );
    rmSync(join(directory, 'mail'));
    mkdirSync(join(directory, 'mail', 'new'), { recursive: true });
    writeFileSync(join(directory, 'mail', 'cur'), '');
    await expect(started()).rejects.toThrow(/mail: cannot be read \(part of its path is no folder, EEXIST\)/);
  });
});
