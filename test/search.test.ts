import { expect, test } from 'vitest';
import { probe } from '../src/probe.ts';
import { unofferedParameters } from '../src/search.ts';
import { SOUND } from '../src/targets/reference/behaviour.ts';
import { referenceInMemory } from '../src/targets/reference/target.ts';

test('a parameter is offered by the list of either side of STARTTLS that has its extension', async () => {
  const target = referenceInMemory({
    behaviour: { ...SOUND, offer: (_, { secure }) => ['STARTTLS', secure ? 'DSN' : 'SIZE 1000'] },
  });
  const unoffered = unofferedParameters(await probe(target));
  expect([...unoffered].sort()).toEqual(['auth', 'body', 'international', 'requiretls', 'smtputf8']);
});
