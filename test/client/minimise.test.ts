import { expect, test } from 'vitest';
import { newScriptGenerator } from '../../src/client/generate.ts';
import { minimiseScript } from '../../src/client/minimise.ts';
import { OFFERED } from '../../src/client/offer.ts';
import { CLEAN, Script, type Step } from '../../src/client/script.ts';

const scripts = newScriptGenerator({ seed: 3, silence: true }).next(300);
const OPTIONS = { jobs: 8, expired: () => false };

test('a script is made as small as it goes, whatever it is made of, and stays a script', async () => {
  for (const script of scripts) {
    const { value, minimal } = await minimiseScript(
      script,
      candidate => Promise.resolve(Script.safeParse(candidate).success),
      OPTIONS,
    );
    expect(minimal).toBe(true);
    expect(value).toEqual({ errand: {}, before: [], upgrade: CLEAN, after: [] });
  }
});

test('what is glued to the 220 is made plain, where it has to be there', async () => {
  const glued = scripts.filter(({ upgrade }) => upgrade.glued?.fragment !== undefined);
  expect(glued.length).toBeGreaterThan(10);
  for (const script of glued) {
    const { value } = await minimiseScript(
      script,
      candidate => Promise.resolve(candidate.upgrade.glued?.fragment !== undefined),
      OPTIONS,
    );
    const { text } = value.upgrade.glued?.fragment ?? {};
    expect(value.upgrade).toEqual({ ...CLEAN, glued: { lines: [], fragment: { code: 250, text } } });
    expect(text).toMatch(/^[a-d]$/);
  }
});

test('an answer is for the first time alone where it has to be, and else for every time', async () => {
  const once: Script = {
    errand: {},
    before: [{ kind: 'answer', to: 'ehlo', code: 501, lines: 2, once: true }],
    upgrade: CLEAN,
    after: [],
  };
  const kept = async (shows: (step: Step | undefined) => boolean): Promise<Step | undefined> => {
    const { value } = await minimiseScript(once, ({ before }) => Promise.resolve(shows(before[0])), OPTIONS);
    return value.before[0];
  };
  const always = { kind: 'answer', to: 'ehlo', code: 501, lines: 1 };
  expect(await kept(step => step !== undefined)).toEqual(always);
  expect(await kept(step => step?.kind === 'answer' && step.once === true)).toEqual({
    ...always,
    once: true,
  });
});

test('one step among many is found in a few tries', async () => {
  const some = scripts.filter(({ before }) => before.length > 6 && before.length < 10);
  expect(some.length).toBeGreaterThan(10);
  for (const script of some) {
    const wanted = JSON.stringify(script.before[3]);
    let [tries, alone] = [0, Number.POSITIVE_INFINITY];
    const { value } = await minimiseScript(
      script,
      ({ before }) => {
        tries++;
        const shows = before.some(step => JSON.stringify(step) === wanted);
        if (shows && before.length === 1) alone = Math.min(alone, tries);
        return Promise.resolve(shows);
      },
      OPTIONS,
    );
    expect(value.before.map(step => JSON.stringify(step))).toEqual([wanted]);
    expect(alone).toBeLessThan(10);
  }
});

test('an end is come to, however long the list in TLS has to be', async () => {
  const { value, minimal } = await minimiseScript(
    { errand: {}, before: OFFERED, upgrade: CLEAN, after: OFFERED },
    ({ before, after }) => Promise.resolve(before.length > 0 && after.length === OFFERED.length),
    OPTIONS,
  );
  expect(minimal).toBe(true);
  expect(value.before).toHaveLength(1);
});

test('one that many clients make use of is found at once, however long the list', async () => {
  const used = ['auth', 'size', 'limits', 'PIPELINING', '8BITMIME', 'SMTPUTF8', 'DSN', 'CHUNKING'];
  for (const wanted of used) {
    const kept = ({ before }: Script): boolean =>
      before.some(step => wanted === (step.kind === 'keyword' ? step.keyword : step.kind));
    let [tries, alone] = [0, Number.POSITIVE_INFINITY];
    const { value } = await minimiseScript(
      { errand: { login: true }, before: OFFERED, upgrade: CLEAN, after: [] },
      candidate => {
        tries++;
        if (kept(candidate) && candidate.before.length === 1) alone = Math.min(alone, tries);
        return Promise.resolve(kept(candidate));
      },
      OPTIONS,
    );
    expect(value.before).toHaveLength(1);
    // One look at the plain server, and one for each of these.
    expect(alone).toBeLessThanOrEqual(1 + used.length);
  }
});

test('lines are no longer than it takes', async () => {
  const long = true;
  const { value } = await minimiseScript(
    {
      errand: {},
      before: [{ kind: 'ready', name: 'a', long }],
      upgrade: { ...CLEAN, glued: { lines: [{ code: 250, text: 'a', long }] } },
      after: [],
    },
    ({ before, upgrade }) => Promise.resolve(before.length > 0 && upgrade.glued !== undefined),
    OPTIONS,
  );
  expect(JSON.stringify(value)).not.toContain('long');
});
