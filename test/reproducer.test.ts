/** Scripts made from real findings, run against the server that has the defect and against one that has not. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type Bench, benchOf } from '../src/replay.ts';
import { reproducer } from '../src/reproducer.ts';
import type { Scenario, Step, Upgrade } from '../src/scenario.ts';
import { REQUIREMENTS } from '../src/smtp/requirements.ts';
import { RUN_LIMITS } from '../src/stage.ts';
import { selfSigned } from '../src/targets/certificate.ts';
import { obstacle } from '../src/targets/lab/root.ts';
import { targetOf } from '../src/targets/registry.ts';
import { folder } from './folder.ts';

const KINDS = ['mjs', 'py'] as const;

async function bench(name: string): Promise<Bench> {
  const target = await targetOf(name).start();
  onTestFinished(() => target.stop());
  return benchOf(target, RUN_LIMITS, 8);
}

/** The scripts of what the scenario shows on that target; with another upgrade, if one is given. */
async function scripts(
  { probed, experiment, target }: Bench,
  scenario: Scenario,
  upgrade: Upgrade = scenario.upgrade,
) {
  const { deviations } = await experiment.examineAnew(scenario);
  const [deviation] = deviations;
  if (deviation === undefined) throw new Error('the scenario shows nothing');
  const directory = folder();
  return KINDS.map(kind => {
    const file = join(directory, `repro.${kind}`);
    const text = reproducer(kind, {
      ...probed.speech,
      summary: deviation.summary,
      requirement: REQUIREMENTS[deviation.requirement],
      scenario: { ...scenario, upgrade },
      baseline: probed.baseline,
      deviation,
      protocol: target.protocol,
      rounds: 1,
    });
    writeFileSync(file, text);
    return file;
  });
}

async function run(file: string, args: readonly string[]) {
  const child = spawn(file.endsWith('.py') ? 'python3' : process.execPath, [file, ...args]);
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  const [status] = await once(child, 'close');
  return { status: status as number, output, verdict: output.trimEnd().split('\n').at(-1) ?? '' };
}

const place = ({ target }: Bench): string[] => {
  const [, host = '', port = ''] = /\/\/(.*):(\d+)$/.exec(target.address) ?? [];
  return [host, port];
};

const EHLO = { kind: 'ehlo', name: 'a' } as const;
const MAIL = { kind: 'mail', from: 'b' } as const;
const RCPT = { kind: 'rcpt', to: 'c' } as const;
const NOOP = { kind: 'noop' } as const;
const LOGIN = { kind: 'auth', mechanism: 'PLAIN', answer: 'right', user: 'd', initial: true } as const;
const DIGEST = { kind: 'auth', mechanism: 'CRAM-MD5', answer: 'right', user: 'd' } as const;
const clean: Upgrade = { handshake: { kind: 'sound', version: '1.3' } };
const shown = (before: readonly Step[], upgrade: Upgrade, after: readonly Step[]): Scenario => ({
  before,
  upgrade,
  after,
});
const lines = (times: number) => ({ lines: [NOOP], times, ending: 'CRLF' }) as const;

const FORMS: Readonly<
  Record<string, readonly [fault: string, scenario: Scenario, options?: readonly string[]]>
> = {
  'a reply with another code': ['keeps-greeting', shown([EHLO], clean, [MAIL])],
  'TLS 1.2': [
    'keeps-sender-tls-1.2',
    shown([EHLO, MAIL], { handshake: { kind: 'sound', version: '1.2' } }, [RCPT]),
  ],
  'STARTTLS in the segment of the command before it': [
    'keeps-sender-piped',
    shown([EHLO, { ...NOOP, piped: true }, MAIL], { ...clean, piped: true }, [RCPT]),
  ],
  SNI: [
    'keeps-greeting-sni',
    shown([EHLO], { handshake: { kind: 'sound', version: '1.3', sni: true } }, [MAIL]),
  ],
  'a resumed session': [
    'ticket-carries-greeting',
    shown([], { handshake: { kind: 'sound', version: '1.3', resumed: [EHLO] } }, [MAIL]),
  ],
  'whole lines': ['runs-whole-lines', shown([EHLO], { ...clean, glued: lines(2) }, [NOOP])],
  'a fragment': [
    'keeps-fragment',
    shown([EHLO], { ...clean, glued: { lines: [], times: 1, ending: 'CRLF', fragment: NOOP } }, [EHLO]),
  ],
  'a burst': ['runs-burst-beyond-1k', shown([EHLO], { ...clean, glued: lines(400) }, [NOOP])],
  'a segment of its own': ['runs-second-segment', shown([EHLO], { ...clean, segment: lines(1) }, [NOOP])],
  'an answer in the clear': ['answers-behind-starttls', shown([EHLO], { ...clean, glued: lines(1) }, [NOOP])],
  ...Object.fromEntries(
    (['garbage', 'plaintext', 'alert'] as const).map(how => [
      `a handshake that fails by ${how}`,
      ['plaintext-after-failure', shown([EHLO], { handshake: { kind: 'failed', how } }, [NOOP])],
    ]),
  ),
  'TLS that is ended by a close_notify': [
    'plaintext-after-close',
    shown([EHLO], { handshake: { kind: 'failed', how: 'close-notify' } }, [NOOP]),
  ],
  'a login': ['keeps-login', shown([EHLO, LOGIN], clean, [EHLO, LOGIN]), ['--auth', 'tester:secret']],
  'a login that answers a challenge': [
    'keeps-login-by-digest',
    shown([EHLO, DIGEST], clean, [EHLO, LOGIN]),
    ['--auth', 'tester:secret'],
  ],
  'a token that comes back': [
    'quit-names-plaintext-client',
    shown([EHLO], clean, [{ ...EHLO, name: 'e' }, { kind: 'quit' }]),
  ],
  'an extension that is missing': ['list-lacks-requiretls-after-ehlo', shown([EHLO], clean, [EHLO])],
  'STARTTLS offered again': ['list-offers-starttls', shown([EHLO], clean, [EHLO])],
  'STARTTLS with a parameter': [
    'starttls-with-parameter',
    shown([EHLO], { ...clean, argument: 'f' }, [NOOP]),
  ],
  'STARTTLS in TLS': ['starttls-in-tls', shown([EHLO], clean, [{ kind: 'starttls' }])],
  'MAIL without EHLO': ['mail-ungreeted', shown([], clean, [MAIL])],
  'AUTH without EHLO': ['auth-ungreeted', shown([], clean, [LOGIN]), ['--auth', 'tester:secret']],
  'steps in one segment': [
    'keeps-sender',
    shown([{ ...EHLO, piped: true }, MAIL], clean, [{ ...NOOP, piped: true }, RCPT]),
  ],
  'a message': [
    'relays-after-message',
    shown([EHLO, MAIL, RCPT, { kind: 'data', body: 'dots', token: 'm' }], clean, [
      { ...EHLO, name: 'e' },
      MAIL,
      { ...RCPT, foreign: true },
    ]),
  ],
};

describe.each(Object.entries(FORMS))('a script for %s', (_, [fault, scenario, options = []]) => {
  test.concurrent('shows it with exit 1, and nothing on a sound server with exit 0', async () => {
    const [faulty, sound] = [await bench(`reference+tls:${fault}`), await bench('reference+tls')];
    for (const file of await scripts(faulty, scenario)) {
      const [found, fine] = await Promise.all([
        run(file, [...place(faulty), ...options]),
        run(file, [...place(sound), ...options]),
      ]);
      expect(found.verdict).toMatch(/^REPRODUCED: /);
      expect(found.status).toBe(1);
      expect(found.output).toMatch(/Used run:\n.*>> S: .*Fresh run:\n/s);
      expect(fine.verdict).toMatch(/^NOT REPRODUCED: /);
      expect(fine.status).toBe(0);
    }
  });
});

describe('a script', () => {
  test('tells smtp-server 3.19.2 from the newest', async () => {
    const [old, newest] = [await bench('smtp-server@3.19.2'), await bench('smtp-server')];
    for (const scenario of [
      shown([EHLO], clean, [RCPT]),
      shown([], { ...clean, glued: { lines: [], times: 1, ending: 'CRLF', fragment: NOOP } }, [MAIL]),
    ]) {
      for (const file of await scripts(old, scenario)) {
        expect(await run(file, place(old))).toMatchObject({ status: 1 });
        expect(await run(file, place(newest))).toMatchObject({ status: 0 });
      }
    }
  });

  test.each<[string, Upgrade]>([
    ['the ClientHello ahead of the 220', { ...clean, eager: true }],
    ['half a ClientHello', { handshake: { kind: 'failed', how: 'half-hello' } }],
    ['FIN', { handshake: { kind: 'failed', how: 'fin' } }],
    ['RST', { handshake: { kind: 'failed', how: 'rst' } }],
  ])('comes to its end behind %s, where TLS does not come about', async (_, upgrade) => {
    const faulty = await bench('reference+tls:keeps-greeting');
    for (const file of await scripts(faulty, shown([EHLO], clean, [MAIL]), upgrade)) {
      const { status, verdict, output } = await run(file, place(faulty));
      expect(output).toMatch(/Used run:\n.*C: STARTTLS\n.*Fresh run:\n/s);
      expect(verdict).toMatch(/^NOT REPRODUCED: the used run: (?:no TLS|failed)$/);
      expect(status).toBe(0);
    }
  });

  test('shows a client certificate', async () => {
    const faulty = await bench('reference+tls:keeps-login-certificate');
    const { key, cert } = await selfSigned(['client.example']);
    const [keyFile, certFile] = [join(folder(), 'key.pem'), join(folder(), 'cert.pem')];
    writeFileSync(keyFile, key);
    writeFileSync(certFile, cert);
    const upgrade: Upgrade = { handshake: { kind: 'sound', version: '1.3', certificate: true } };
    for (const file of await scripts(faulty, shown([EHLO, LOGIN], upgrade, [EHLO, LOGIN]))) {
      const login = [...place(faulty), '--auth', 'tester:secret'];
      const { verdict } = await run(file, [...login, '--key', keyFile, '--cert', certFile]);
      expect(verdict).toMatch(/^REPRODUCED: /);
      expect((await run(file, login)).verdict).toMatch(/^COULD NOT RUN: .*client certificate/);
    }
  });

  test('holds no password, and asks for the login instead', async () => {
    const faulty = await bench('reference+tls:keeps-login');
    for (const file of await scripts(faulty, shown([EHLO, LOGIN], clean, [EHLO, LOGIN]))) {
      const { status, verdict } = await run(file, place(faulty));
      expect(verdict).toMatch(/^COULD NOT RUN: this case logs in: give --auth/);
      expect(status).toBe(3);
    }
  });

  test('says that nothing answers there, with exit 3', async () => {
    const faulty = await bench('reference+tls:keeps-greeting');
    for (const file of await scripts(faulty, shown([EHLO], clean, [MAIL]))) {
      const { status, verdict } = await run(file, ['127.0.0.1', '1']);
      expect(verdict).toMatch(/^COULD NOT RUN: nothing answers at 127\.0\.0\.1:1 /);
      expect(status).toBe(3);
    }
  });

  test('does not judge what no client can see', async () => {
    const faulty = await bench('reference:hook-greeting');
    const scenario = shown([EHLO], clean, [{ ...EHLO, name: 'e' }, MAIL]);
    const over = await bench('reference+tls');
    for (const file of await scripts(faulty, scenario)) {
      const { status, verdict } = await run(file, place(over));
      expect(verdict).toMatch(/^COULD NOT JUDGE: it shows /);
      expect(status).toBe(3);
    }
  });
});

const why = obstacle();
describe.skipIf(why !== undefined)(`over LMTP${why === undefined ? '' : ` (skipped: ${why})`}`, () => {
  /** Two recipients, so that the message is answered twice (RFC 2033, section 4.2). */
  const scenario = shown([], clean, [
    { kind: 'lhlo', name: 'a' },
    MAIL,
    RCPT,
    { ...RCPT, to: 'd' },
    { kind: 'data', body: 'plain', token: 'e' },
  ]);
  const matching = (used: string) => ({
    claim: 'follows-model',
    step: 4,
    used,
    fresh: 'another',
    signature: 'model: sample',
    proof: 'sighting' as const,
  });

  // The first start on a machine fetches the packages.
  test('a script hears an answer for each recipient', { timeout: 300_000 }, async () => {
    const { probed, target, ...rest } = await bench('dovecot-lmtp');
    const directory = folder();
    for (const kind of KINDS)
      for (const [used, expected] of [
        ['250', /^REPRODUCED: /],
        ['550', /^NOT REPRODUCED: /],
      ] as const) {
        const file = join(directory, `repro.${kind}`);
        const requirement = REQUIREMENTS['rfc3207-4.2-server-discards'];
        const subject = { summary: 'a sample', requirement, scenario, rounds: 1, deviation: matching(used) };
        const { baseline, speech } = probed;
        writeFileSync(file, reproducer(kind, { ...speech, ...subject, baseline, protocol: target.protocol }));
        const { output, verdict } = await run(file, place({ probed, target, ...rest }));
        expect(verdict).toMatch(expected);
        expect(output).toMatch(/S: 250 .*Saved\n.*S: 250 .*Saved\n +C: QUIT\n +S: 221 /);
      }
  });
});
