import { expect, test } from 'vitest';
import { CLAIMS } from '../properties/index.ts';
import { check } from '../src/check.ts';
import { type Behaviour, SOUND } from '../src/targets/reference/behaviour.ts';
import { listen } from '../src/targets/reference/listener.ts';

const PLACE = { host: '127.0.0.1', port: 0, implicitTlsPort: 0 };

async function notesOf(options: Parameters<typeof listen>[0]) {
  const target = await listen(options, PLACE);
  try {
    const report = await check(target, {
      name: 'reference',
      seed: 1,
      jobs: 8,
      claims: CLAIMS,
      wanted: [],
      scenarios: 40,
    });
    expect(report.baselines).toContain('implicit-tls');
    return report.notes.filter(({ kind }) => kind === 'differs-from-implicit-tls').map(({ text }) => text);
  } finally {
    await target.stop();
  }
}

test('a sound server is the same behind STARTTLS as with implicit TLS', async () => {
  expect(await notesOf({})).toEqual([]);
});

test('what all runs behind STARTTLS show, and implicit TLS does not, is a note', async () => {
  const bent: Behaviour = {
    ...SOUND,
    follow: (progress, { event }) => (event === 'starttls' ? 1 : progress),
    offer: (sound, { progress }) => (progress === 0 ? sound : [...sound, 'XUPGRADED']),
  };
  expect(await notesOf({ behaviour: bent })).toContainEqual(expect.stringContaining('XUPGRADED'));
});
