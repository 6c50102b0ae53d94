import { expect, onTestFinished, test } from 'vitest';
import { CLAIMS } from '../properties/index.ts';
import { check } from '../src/check.ts';
import type { Driver } from '../src/drivers/driver.ts';
import { Experiment } from '../src/experiment.ts';
import { differencesFromImplicitTls } from '../src/implicit.ts';
import { probe } from '../src/probe.ts';
import { BARE } from '../src/scenario.ts';
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

const bent: Behaviour = {
  ...SOUND,
  follow: (progress, { event }) => (event === 'starttls' ? 1 : progress),
  offer: (sound, { progress }) => (progress === 0 ? sound : [...sound, 'XUPGRADED']),
};

test('what all runs behind STARTTLS show, and implicit TLS does not, is a note', async () => {
  expect(await notesOf({ behaviour: bent })).toContainEqual(expect.stringContaining('XUPGRADED'));
});

/** A server that is bent behind STARTTLS, and a fresh run on it. */
async function bentAndFresh() {
  const target = await listen({ behaviour: bent }, PLACE);
  onTestFinished(() => target.stop());
  const probed = await probe(target);
  const experiment = new Experiment({ ...probed, baseline: 'starttls-first', claims: [], jobs: 1 });
  const freshRun = await experiment.fresh({
    before: [],
    upgrade: BARE,
    after: [{ kind: 'ehlo', name: 'p' }],
  });
  return { target, experiment, freshRun };
}

test('a port that takes no connection is compared with nothing', async () => {
  const { target, experiment, freshRun } = await bentAndFresh();
  const closed: Driver = {
    ...(target.implicitTls as Driver),
    connect: () => ({ kind: 'refused', reason: 'ECONNREFUSED' }),
  };
  expect(await differencesFromImplicitTls(experiment, closed, [freshRun], work => work)).toBe('not served');
});

test('as many runs are compared as there is time for; of none that is said', async () => {
  const { target, experiment, freshRun } = await bentAndFresh();
  const within = (most: number) => {
    let begun = 0;
    return differencesFromImplicitTls(
      experiment,
      target.implicitTls as Driver,
      [freshRun, freshRun, freshRun],
      async work => (begun++ < most ? work : undefined),
    );
  };
  expect(await within(0)).toBe('no time');
  expect(await within(1)).toMatchObject([{ used: 'XUPGRADED' }]);
});

test('a port that was given and serves nobody is told, and is no baseline', async () => {
  const target = await listen({}, PLACE);
  onTestFinished(() => target.stop());
  const closed: Driver = {
    ...(target.implicitTls as Driver),
    connect: () => ({ kind: 'refused', reason: 'ECONNREFUSED' }),
  };
  const options = { name: 'reference', seed: 1, jobs: 8, claims: CLAIMS, wanted: [], scenarios: 40 };
  const report = await check({ ...target, implicitTls: closed }, options);
  expect(report.baselines).not.toContain('implicit-tls');
  expect(report.notes).toContainEqual({
    kind: 'untested',
    text: 'no session was served with implicit TLS, so that it was compared with nothing there',
    about: 'implicit-tls',
  });
});
