import { expect, test } from 'vitest';
import { requiredTls } from '../../../properties/client/required-tls.ts';
import { ClientExperiment } from '../../../src/client/experiment.ts';
import { CLEAN, type Script } from '../../../src/client/script.ts';
import { STRAY, signatureOf } from '../../../src/client/signature.ts';
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
