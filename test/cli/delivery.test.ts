/** Mail that the target delivers elsewhere, as the user says where: read, judged, and taken away again. */

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import type { CorpusEntry } from '../../src/corpus.ts';
import type { Report } from '../../src/report/report.ts';
import { GREETING_KEPT } from '../entries.ts';
import { folder } from '../folder.ts';
import { freePort } from '../ports.ts';
import { afresh } from './afresh.ts';

const SERVER = fileURLToPath(new URL('../targets/server.mjs', import.meta.url));

const EHLO = { kind: 'ehlo', name: 'a' } as const;
const MAIL = { kind: 'mail', from: 'b' } as const;
const RCPT = { kind: 'rcpt', to: 'e' } as const;

async function checked(target: object, options: readonly string[]) {
  const directory = folder();
  const [file, json] = [join(directory, 'target.json'), join(directory, 'result.json')];
  writeFileSync(file, JSON.stringify({ schema: 1, kind: 'afresh-target', ...target }));
  const corpus = join(directory, 'corpus');
  mkdirSync(corpus);
  writeFileSync(join(corpus, 'message.json'), JSON.stringify(MESSAGE));
  const scenarios = ['--scenarios', '30', '--seed', '4', '--corpus', corpus];
  await afresh('check', file, ...scenarios, '--json', json, ...options);
  return JSON.parse(readFileSync(json, 'utf8')) as Report;
}

/** A message on either side of STARTTLS, so that there is something to deliver. */
const MESSAGE: CorpusEntry = {
  ...GREETING_KEPT,
  scenario: {
    before: [EHLO, MAIL, RCPT, { kind: 'data', body: 'plain', token: 'c' }],
    upgrade: { handshake: { kind: 'sound', version: '1.3' } },
    after: [EHLO, MAIL, RCPT, { kind: 'data', body: 'plain', token: 'd' }],
  },
};

const delivered = ({ claims }: Report) => claims.find(({ id }) => id === 'delivered-mail');

describe('delivered mail', () => {
  test('is read from --maildir, and only ours is removed', async () => {
    const directory = folder();
    for (const part of ['new', 'cur', 'tmp']) mkdirSync(join(directory, part));
    writeFileSync(join(directory, 'new', 'mine'), 'Subject: not of afresh\r\n\r\nHello');
    const port = await freePort();
    const report = await checked(
      {
        address: `smtp://127.0.0.1:${port}`,
        start: { command: [process.execPath, SERVER, String(port), 'smtp-server', `DROP=${directory}`] },
        recipient: '*@lab.example',
      },
      ['--maildir', directory],
    );
    expect(delivered(report)?.judged).toBeGreaterThan(0);
    expect(readdirSync(join(directory, 'new'))).toEqual(['mine']);
  });

  test('is taken at --sink, where the target relays to', async () => {
    const [port, sink] = [await freePort(), await freePort()];
    const report = await checked(
      {
        address: `smtp://127.0.0.1:${port}`,
        start: { command: [process.execPath, SERVER, String(port), 'smtp-server', `RELAY=${sink}`] },
        recipient: '*@lab.example',
      },
      ['--sink', String(sink)],
    );
    expect(delivered(report)?.judged).toBeGreaterThan(0);
  });

  test('that never comes within --delivery-wait is not judged', async () => {
    const directory = folder();
    for (const part of ['new', 'cur', 'tmp']) mkdirSync(join(directory, part));
    const port = await freePort();
    const report = await checked(
      {
        address: `smtp://127.0.0.1:${port}`,
        start: { command: [process.execPath, SERVER, String(port)] },
        recipient: '*@lab.example',
        delivery: { maildir: directory },
      },
      ['--delivery-wait', '20ms'],
    );
    expect(delivered(report)).toMatchObject({ verdict: 'inconclusive', judged: 0 });
    expect(report.findings).toEqual([]);
  });
});
