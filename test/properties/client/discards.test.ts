import { expect, test } from 'vitest';
import { CLEAN, type Script } from '../../../src/client/script.ts';
import { acted, saying } from '../../client/acted.ts';

/** What comes of a client that now says more and now less. */
async function claimsOf(before: Script['before']): Promise<readonly string[]> {
  const varies = (run: number) => (run % 2 === 0 ? saying('EHLO me', 'NOOP') : saying('EHLO me'));
  const experiment = acted({ used: () => saying('EHLO me', 'NOOP', 'NOOP'), fresh: varies });
  const { deviations } = await experiment.examineAnew({ errand: {}, before, upgrade: CLEAN, after: [] });
  return deviations.map(({ claim }) => claim);
}

test('where the server said nothing before TLS, what a client does otherwise than in another run is not kept', async () => {
  expect(await claimsOf([{ kind: 'size', limit: null }])).toEqual(['client-discards']);
  expect(await claimsOf([])).toEqual([]);
});
