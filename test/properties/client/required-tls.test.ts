import { expect, test } from 'vitest';
import { requiredTls } from '../../../properties/client/required-tls.ts';
import type { ClientEvidence } from '../../../src/client/claim.ts';
import { ClientExperiment } from '../../../src/client/experiment.ts';
import { CLEAN, type Script } from '../../../src/client/script.ts';
import { STRAY, signatureOf } from '../../../src/client/signature.ts';
import type { ClientTranscript } from '../../../src/client/transcript.ts';
import { parseCommand } from '../../../src/smtp/command.ts';
import { authority, caFile } from '../../client/authority.ts';
import { saying } from '../../client/saying.ts';

/** What the claim makes of a client that says this in the segment of STARTTLS. */
async function judged(mail: string, before: Script['before'] = []): Promise<readonly string[]> {
  const client = saying(['EHLO a\r\n', `STARTTLS\r\n${mail}`]);
  const stage = { client, authority, caFile, tls: 'required', limit: 10_000 } as const;
  const experiment = new ClientExperiment({ stage, claims: [requiredTls], jobs: 1 });
  const script: Script = { errand: {}, before, upgrade: { ...CLEAN, code: 454 }, after: [] };
  return (await experiment.examine(script)).deviations.map(({ signature }) => signature);
}

const MAIL = 'MAIL FROM:<a@b.example>\r\n';

test('an envelope in the segment of STARTTLS has waited for no answer', async () => {
  expect(await judged(MAIL)).toEqual([signatureOf(STRAY)]);
});

test('where a reply too many comes before it, that may have been taken for the answer', async () => {
  const extra = { kind: 'extra', behind: 'ehlo', glue: { lines: [{ code: 250, text: 'a' }] } } as const;
  expect(await judged(MAIL, [extra])).toEqual(['plaintext MAIL']);
});

test('who tells a name in a command that anybody may send, gives it away, whatever else goes out', async () => {
  const told = (line: string): readonly string[] => {
    const transcript: ClientTranscript = {
      nonce: 'zabcdefghi',
      entries: [line, 'EHLO me', MAIL.trim(), line].map(text => ({
        at: 0,
        connection: 0,
        secure: false,
        kind: 'said',
        verb: parseCommand(text).event,
        text,
        early: false,
      })),
      exit: { kind: 'exited', code: 0, output: '' },
    };
    const evidence = { tls: 'required', script: { before: [], upgrade: CLEAN }, transcript };
    return requiredTls.judge(evidence as unknown as ClientEvidence).map(({ summary }) => summary);
  };
  expect(told('EHLO zabcdefghiu.example')).toEqual([
    "TLS was asked for, and the client tells the user's name in plaintext, in EHLO",
    'TLS was asked for, and the client sends MAIL in plaintext',
  ]);
  expect(told('VRFY zabcdefghit')[0]).toContain('tells the recipient in plaintext, in VRFY');
  // Names of the server's are nobody's secret.
  expect(told('EHLO zabcdefghia.example')).toHaveLength(1);
});
