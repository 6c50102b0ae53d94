import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const HEAP = fileURLToPath(new URL('../../src/cli/heap.ts', import.meta.url));

/**
 * MiB that what is young takes at most in a process of its own, while much is made and little of it is kept, as in a
 * campaign. Where much is kept the engine is free to go beyond any factor of growth.
 */
function mostYoung(first: string): number {
  const script = `
    import { getHeapSpaceStatistics } from 'node:v8';
    import { keepHeapSmall } from ${JSON.stringify(HEAP)};
    ${first}
    const young = () => getHeapSpaceStatistics().find(space => space.space_name === 'new_space').space_size;
    const kept = [];
    let most = 0;
    for (let at = 0; at < 2_000_000; at++) {
      kept[at % 5_000] = { at: [at] };
      if (at % 1_000 === 0) most = Math.max(most, young());
    }
    console.log(most / 2 ** 20);`;
  const output = execFileSync(process.execPath, ['--input-type=module', '--eval', script], {
    encoding: 'utf8',
  });
  return Number(output);
}

test('what is young stays in the room that it has', () => {
  expect(mostYoung('')).toBeGreaterThan(10);
  expect(mostYoung('keepHeapSmall();')).toBeLessThan(8);
});
