import { expect, test } from 'vitest';
import { ends } from '../../../properties/client/ends.ts';
import { ClientExperiment } from '../../../src/client/experiment.ts';
import { CLEAN } from '../../../src/client/script.ts';
import { authority, caFile } from '../../client/authority.ts';
import { saying } from '../../client/saying.ts';

/** What is told of a client that says this, connection after connection. */
async function told(...connections: readonly (readonly string[])[]): Promise<readonly string[]> {
  const stage = {
    client: saying(...connections),
    authority,
    caFile,
    tls: 'required',
    limit: 10_000,
  } as const;
  const experiment = new ClientExperiment({ stage, claims: [ends], jobs: 1 });
  const script = { errand: {}, before: [], upgrade: CLEAN, after: [] };
  return (await experiment.examine(script)).deviations.map(
    ({ signature, summary }) => `${signature}: ${summary}`,
  );
}

test('whoever says the same again and again goes round in a circle', async () => {
  const circle = ['EHLO a\r\n', ...Array<string>(400).fill('RSET\r\n')];
  expect(await told(circle)).toEqual(['endless: the client goes round in a circle, with RSET']);
});

test('whoever comes again and again opens connection after connection', async () => {
  const again = Array.from({ length: 20 }, () => ['EHLO a\r\n']);
  expect(await told(...again)).toEqual(['endless: the client opens connection after connection, 16 of them']);
});

test('whoever begins a line and does not end it sends without end', async () => {
  expect(await told(['EHLO a\r\n', 'x'.repeat(600_000)])).toEqual([
    'endless: the client sends without end; the last line that had one was EHLO',
  ]);
});

test('whoever says what it has to say, and goes, is at an end', async () => {
  expect(await told(['EHLO a\r\n', 'QUIT\r\n'])).toEqual([]);
});
