import { expect, test } from 'vitest';
import { starttlsEarly } from '../../../properties/client/starttls-early.ts';
import { ClientExperiment } from '../../../src/client/experiment.ts';
import { CLEAN, type Script } from '../../../src/client/script.ts';
import { authority, caFile } from '../../client/authority.ts';
import { saying } from '../../client/saying.ts';

/** What the claim makes of a client that says this in plaintext, where STARTTLS is offered. */
async function judged(
  tls: 'required' | 'opportunistic',
  said: readonly string[],
  before: Script['before'] = [],
) {
  const stage = { client: saying(said), authority, caFile, tls, limit: 10_000 };
  const experiment = new ClientExperiment({ stage, claims: [starttlsEarly], jobs: 1 });
  const { evidence, deviations } = await experiment.examine({
    errand: {},
    before,
    upgrade: CLEAN,
    after: [],
  });
  return {
    exercised: starttlsEarly.exercised(evidence),
    signatures: deviations.map(({ signature }) => signature),
  };
}

const MAIL = ['EHLO a\r\n', 'MAIL FROM:<a@b.example>\r\n'];

test('an envelope where STARTTLS is offered, and not yet tried, is too soon', async () => {
  expect(await judged('opportunistic', MAIL)).toEqual({ exercised: true, signatures: ['too soon mail'] });
});

test('where TLS is required, nothing is judged here and nothing counts as judged', async () => {
  expect(await judged('required', MAIL)).toEqual({ exercised: false, signatures: [] });
});

test('who was answered more than was asked may have read another answer than that with the list', async () => {
  const extra = { kind: 'extra', behind: 'ehlo', glue: { lines: [{ code: 250, text: 'a' }] } } as const;
  expect(await judged('opportunistic', MAIL, [extra])).toEqual({ exercised: false, signatures: [] });
});
