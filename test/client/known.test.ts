import { describe, expect, test } from 'vitest';
import { clientOf, readScript } from '../../src/client/corpus.ts';
import { CLIENTS, clientNamed } from '../../src/client/known.ts';
import type { Client } from '../../src/client/launch.ts';
import { replayScript } from '../../src/client/replay.ts';
import { runClient } from '../../src/client/run.ts';
import { type CertificateKind, CLEAN, type Script, STRANGE } from '../../src/client/script.ts';
import { type ClientTranscript, delivered } from '../../src/client/transcript.ts';
import { jsonFiles } from '../../src/corpus.ts';
import { authority, caFile } from './authority.ts';

const OFFERS: Script['before'] = [
  { kind: 'auth', mechanisms: ['PLAIN', 'LOGIN'] },
  { kind: 'keyword', keyword: '8BITMIME' },
];
const REAL = CLIENTS.filter(({ name }) => !name.startsWith('reference'));
/** Known to take a wrong certificate: that is what `afresh check-client` finds of them. */
const CREDULOUS = new Set(['emailjs', 'swaks']);

/** Why a client cannot be tested here, if it cannot. */
const absence = (client: Client): Promise<string | undefined> =>
  client.software().then(
    () => undefined,
    (error: Error) => error.message,
  );

const sent = (client: Client, certificate: CertificateKind): Promise<ClientTranscript> =>
  runClient(
    { client, authority, caFile, tls: 'required', limit: 20_000 },
    {
      errand: { login: true },
      before: OFFERS,
      upgrade: { ...CLEAN, handshake: { kind: 'sound', version: '1.3', certificate } },
      after: OFFERS,
    },
    { nonce: 'zabcdefghi' },
  );

/** Milliseconds: the packages of a mail transfer agent are fetched by who needs them first. */
const FETCHING = 10 * 60_000;

describe.each(REAL.map(client => [client.name, client] as const))(
  '%s',
  { timeout: FETCHING },
  (name, client) => {
    test('hands over a message in TLS', async ({ skip }) => {
      const reason = await absence(client);
      skip(reason !== undefined, reason);
      const transcript = await sent(client, 'right');
      expect(delivered(transcript), transcript.exit.output).toBe(true);
      expect(transcript.exit).toMatchObject({ kind: 'exited', code: 0 });
    });

    test.skipIf(CREDULOUS.has(name))(
      'says nothing behind the certificate of a stranger',
      async ({ skip }) => {
        const reason = await absence(client);
        skip(reason !== undefined, reason);
        // A right common name beside other names is a matter of the library, and of its age.
        for (const certificate of STRANGE)
          expect(delivered(await sent(client, certificate)), certificate).toBe(false);
      },
    );
  },
);

/** Libraries that leave it to their callers; what they know of the list decides whether it is said. */
describe.each(['smtplib', 'net-smtp-perl', 'nodemailer', 'nodemailer@9.0.1', 'postfix', 'sendmail'])(
  '%s',
  name => {
    const client = clientNamed(name);
    const envelope = async (after: Script['after']): Promise<string> => {
      const { entries } = await runClient(
        { client, authority, caFile, tls: 'required', limit: 20_000 },
        { errand: { letter: 'eight-bit' }, before: [], upgrade: CLEAN, after },
        { nonce: 'zabcdefghi' },
      );
      const said = entries.flatMap(entry =>
        entry.kind === 'said' && (entry.verb === 'mail' || entry.verb === 'rcpt') ? [entry.text] : [],
      );
      return said.join('\n').toUpperCase();
    };

    test('makes use of SIZE, 8BITMIME and DSN where they are offered, and only there', async ({ skip }) => {
      const reason = await absence(client);
      skip(reason !== undefined, reason);
      const offers = [
        { kind: 'size', limit: null },
        { kind: 'keyword', keyword: '8BITMIME' },
        { kind: 'keyword', keyword: 'DSN' },
      ] as const;
      const parameters = [/ SIZE=\d/, / BODY=8BITMIME/, / NOTIFY=FAILURE/];
      const offered = await envelope(offers);
      for (const parameter of parameters) expect(offered).toMatch(parameter);
      const bare = await envelope([]);
      for (const parameter of parameters) expect(bare).not.toMatch(parameter);
    });
  },
);

test('a refusal ends Net::SMTP with 1, not with whatever the system said last', async ({ skip }) => {
  const client = clientNamed('net-smtp-perl');
  const reason = await absence(client);
  skip(reason !== undefined, reason);
  const { exit } = await runClient(
    { client, authority, caFile, tls: 'required', limit: 20_000 },
    { errand: { login: true }, before: [], upgrade: CLEAN, after: [] },
    { nonce: 'zabcdefghi' },
  );
  expect(exit).toMatchObject({ kind: 'exited', code: 1 });
});

describe('what is kept about clients', () => {
  test.for(jsonFiles('corpus/clients'))('%s still shows', async (file, { skip }) => {
    const entry = readScript(file);
    const client = clientOf(entry.client, false);
    const software = await client.software().catch((error: Error) => error.message);
    skip(software !== entry.software, `here is ${software}, not ${entry.software}`);
    const stage = { client, authority, caFile, tls: entry.tls, limit: 10_000 };
    expect(await replayScript(stage, entry, 8)).toMatchObject({ outcome: 'FAILED' });
  });
});
