import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import type { KeptScript } from '../../src/client/corpus.ts';
import { clientReproducer } from '../../src/client/reproducer.ts';
import { CLEAN } from '../../src/client/script.ts';
import type { ReproducerKind } from '../../src/reproducer.ts';
import { authority } from './authority.ts';

const folder = mkdtempSync(join(tmpdir(), 'afresh-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const ENTRY: KeptScript = {
  schema: 1,
  kind: 'afresh-script',
  client: ['reference'],
  tls: 'required',
  software: 'afresh reference client',
  claim: 'client-discards',
  requirement: 'rfc3207-4.2-client-discards',
  level: 'must',
  summary: 'SIZE is kept',
  fingerprint: 'keeps SIZE',
  signature: 'MAIL +SIZE',
  proof: 'pair',
  confirmed: '5/5',
  difference: { at: 1, used: 'MAIL with SIZE', fresh: 'MAIL without it' },
  scenario: { errand: {}, before: [{ kind: 'size', limit: null }], upgrade: CLEAN, after: [] },
};

/** The reference client as a command line. */
const MODULE = fileURLToPath(new URL('../../src/client/reference/client.ts', import.meta.url));
const client = (variant: string): string => `
  import { readFileSync } from 'node:fs';
  import { send } from ${JSON.stringify(MODULE)};
  const [host, port, ca] = process.argv.slice(2);
  const order = { host, port: Number(port), ca: readFileSync(ca, 'utf8'), tls: 'required', errand: {} };
  await send({ ...order, from: 'a@b.example', to: 'c@d.example', mark: 'x' }, ${JSON.stringify(variant)});`;

function played(
  kind: ReproducerKind,
  variant: string,
  entry: KeptScript = ENTRY,
  edited: (script: string) => string = script => script,
): Promise<{ code: number | null; output: string }> {
  const script = join(folder, `${variant}.${kind}`);
  writeFileSync(script, edited(clientReproducer(kind, entry, authority)));
  const command = join(folder, `${variant}.mts`);
  writeFileSync(command, client(variant));
  const program = kind === 'mjs' ? process.execPath : 'python3';
  const words = [script, '--', process.execPath, command, '{host}', '{port}', '{ca}'];
  return new Promise(resolve => {
    const child = spawn(program, words, { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    child.stdout.on('data', (bytes: Buffer) => {
      output += bytes.toString();
    });
    child.on('close', code => resolve({ code, output }));
  });
}

describe.each(['mjs', 'py'] as const)('a reproducer in %s', kind => {
  test('shows the fault', async () => {
    const { code, output } = await played(kind, 'keeps-size');
    expect(output).toMatch(/C: MAIL FROM:<a@b\.example> SIZE=\d+/);
    expect(output.trim().split('\n').at(-1)).toBe('REPRODUCED: SIZE is kept');
    expect(code).toBe(1);
  });

  test.each(['fin', 'rst'] as const)(
    'shows what is done where STARTTLS is answered with %s',
    async unanswered => {
      const entry: KeptScript = {
        ...ENTRY,
        summary: 'goes on',
        claim: 'client-required-tls',
        signature: 'plaintext MAIL',
        scenario: { ...ENTRY.scenario, upgrade: { ...CLEAN, unanswered } },
      };
      const [faulty, sound] = await Promise.all([
        played(kind, 'plain-when-dropped', entry),
        played(kind, 'sound', entry),
      ]);
      expect(faulty.output.trim().split('\n').at(-1)).toBe('REPRODUCED: goes on');
      expect(sound.output.trim().split('\n').at(-1)).toBe('NOT REPRODUCED');
    },
  );

  test('shows that a client does not greet in TLS, and not of one that does, be it with HELO', async () => {
    const entry: KeptScript = {
      ...ENTRY,
      summary: 'no greeting',
      claim: 'client-ehlo-first',
      signature: 'first no greeting',
      proof: 'sighting',
      scenario: { ...ENTRY.scenario, before: [] },
    };
    const last = async (variant: string): Promise<string | undefined> =>
      (await played(kind, variant, entry)).output.trim().split('\n').at(-1);
    expect(await last('skips-ehlo')).toBe('REPRODUCED: no greeting');
    expect(await last('helo-in-tls')).toBe('NOT REPRODUCED');
  });

  test('spares the first connection where the script does, and looks at the others', async () => {
    const entry: KeptScript = {
      ...ENTRY,
      summary: 'careless',
      claim: 'client-certificate',
      signature: 'certificate wrong-issuer',
      proof: 'sighting',
      scenario: {
        ...ENTRY.scenario,
        before: [],
        upgrade: { ...CLEAN, handshake: { kind: 'sound', version: '1.3', certificate: 'wrong-issuer' } },
        after: [{ kind: 'close', on: 'mail', how: 'fin' }],
        spared: 1,
      },
    };
    const last = async (variant: string): Promise<string | undefined> =>
      (await played(kind, variant, entry)).output.trim().split('\n').at(-1);
    expect(await last('careless-when-back')).toBe('REPRODUCED: careless');
    expect(await last('tries-twice')).toBe('NOT REPRODUCED');
  });

  test('sends what comes a moment later in plaintext, also to a client that begins TLS at once', async () => {
    const segment = { lines: [{ code: 250, text: 'a' }] } as const;
    const entry: KeptScript = {
      ...ENTRY,
      scenario: { ...ENTRY.scenario, upgrade: { ...CLEAN, segment, later: true } },
    };
    const { output } = await played(kind, 'sound', entry, script =>
      // Longer than any handshake takes.
      script.replace('"pause": 10', '"pause": 300'),
    );
    expect(output).toMatch(/S: 220 .*\n {2}S: 250 /);
  });

  test('refuses once what the script refuses once', async () => {
    const refused = { kind: 'answer', to: 'ehlo', code: 501, lines: 1, once: true } as const;
    const entry: KeptScript = { ...ENTRY, scenario: { ...ENTRY.scenario, before: [refused] } };
    const { output } = await played(kind, 'keeps-name', entry);
    expect(output).toMatch(/C: EHLO me\..*\n {2}S: 501 .*\n {2}C: EHLO other\..*\n {2}S: 250-/);
  });

  test('does not show it in a sound client', async () => {
    const { code, output } = await played(kind, 'sound');
    expect(output.trim().split('\n').at(-1)).toBe('NOT REPRODUCED');
    expect(code).toBe(0);
  });
});
