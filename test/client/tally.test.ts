import { expect, test } from 'vitest';
import { CLIENT_CLAIMS } from '../../properties/client/index.ts';
import { newDoubts } from '../../src/client/doubts.ts';
import { begunNotes, declinedNotes, slowNotes } from '../../src/client/notes.ts';
import { CLEAN, type Script } from '../../src/client/script.ts';
import { countClient, newClientTally } from '../../src/client/tally.ts';
import type { ClientTranscript } from '../../src/client/transcript.ts';
import { acted, type Part, saying, still } from './acted.ts';

const script = (changes: Partial<Script> = {}): Script => ({
  errand: {},
  before: [{ kind: 'size', limit: null }],
  upgrade: CLEAN,
  after: [],
  ...changes,
});

/** What comes of the same script, looked at so many times. */
async function counted(part: Part, times = 1, one = script()) {
  const experiment = acted(part);
  const [tally, doubts] = [newClientTally(), newDoubts()];
  for (let time = 0; time < times; time++)
    countClient(tally, await experiment.examine({ ...one }), CLIENT_CLAIMS, doubts);
  return { tally, doubts };
}

/** How many of the same script are in doubt. */
const doubted = async (...all: Parameters<typeof counted>): Promise<number> =>
  (await counted(...all)).doubts.count;

const sound = () => saying('EHLO me', 'MAIL FROM:<me@a.example>');
const other = () => saying('EHLO me', 'NOOP');
const plaintext = (): ClientTranscript => {
  const { entries, ...rest } = still('EHLO me');
  return { ...rest, entries: entries.slice(1).map(entry => ({ ...entry, secure: false })) };
};

test('a script whose two runs are alike is in no doubt', async () => {
  expect(await doubted({ used: sound, fresh: sound }, 3)).toBe(0);
});

test('a script is in doubt whose fresh run was cut off, and the next one has a fresh run of its own', async () => {
  const fresh = (run: number) => (run === 0 ? still() : sound());
  expect(await doubted({ used: sound, fresh }, 3)).toBe(1);
});

test('a script is in doubt where the new fresh run is like the used one, and unlike the one that was kept', async () => {
  // Kept is what the first fresh run did; from then on both runs do otherwise.
  const changing = (run: number) => (run === 0 ? sound() : other());
  expect(await doubted({ used: changing, fresh: changing }, 2)).toBe(1);
});

test('a client that now and then does not even connect leaves doubt, whatever the script', async () => {
  const absent = (): ClientTranscript => ({ ...sound(), entries: [] });
  const upgrade = { ...CLEAN, code: 354 };
  expect(await doubted({ used: absent, fresh: sound }, 1, script({ upgrade }))).toBe(1);
});

test('a client that does not connect for a sender beyond ASCII is in no doubt for that, and it is told', async () => {
  const absent = (): ClientTranscript => ({ ...sound(), entries: [] });
  const { tally, doubts } = await counted(
    { used: absent, fresh: sound },
    4,
    script({ errand: { letter: 'utf8-sender' } }),
  );
  expect(doubts.count).toBe(0);
  expect(declinedNotes(tally.declined)[0]?.text).toMatch(/^in 4 scenarios/);
});

test('a client that is still in plaintext leaves doubt where nothing stood in its way', async () => {
  expect(await doubted({ used: plaintext, fresh: sound })).toBe(1);
  const upgrade = { ...CLEAN, code: 354 };
  expect(await doubted({ used: plaintext, fresh: sound }, 1, script({ upgrade }))).toBe(0);
});

test('how often a client in doubt was slow is counted, and told where it is more than chance, with what helps', async () => {
  const late = (): ClientTranscript => ({
    ...sound(),
    entries: [],
    exit: { kind: 'late', waited: 1, output: '' },
  });
  expect((await counted({ used: sound, fresh: () => still() }, 3)).tally.slow).toBe(3);
  expect((await counted({ used: late, fresh: sound }, 3)).tally.slow).toBe(3);
  expect((await counted({ used: sound, fresh: sound }, 3)).tally.slow).toBe(0);
  expect(slowNotes(2, 2_000, 10_000)).toEqual([]);
  expect(slowNotes(3, 2_000, 10_000)[0]?.text).toMatch(
    /^in 3 scenarios the client was still for 2 s, or on its way after 10 s: .*--jobs.*--client-timeout/,
  );
});

test('a script is vacuous if nothing is offered before TLS, and nothing comes with the 220', async () => {
  const glued = { lines: [{ code: 250, text: 'a' }] } as const;
  const bare = script({ before: [] });
  expect((await counted({ used: sound, fresh: sound }, 1, bare)).tally.vacuous).toBe(1);
  expect(
    (await counted({ used: sound, fresh: sound }, 1, { ...bare, upgrade: { ...CLEAN, glued } })).tally
      .vacuous,
  ).toBe(0);
});

test('the codes behind which TLS is begun though they are no 220 are told, where nothing came with them', async () => {
  const begun = (): ClientTranscript => {
    const { entries, ...rest } = sound();
    const [first] = entries;
    if (first === undefined) throw new Error('it says nothing');
    return {
      ...rest,
      entries: [{ ...first, kind: 'handshake', result: 'completed', detail: '' }, ...entries],
    };
  };
  const part: Part = { used: begun, fresh: begun };
  const behind = async (
    upgrade: Partial<Script['upgrade']>,
    more: Partial<Script> = {},
  ): Promise<readonly number[]> => [
    ...(await counted(part, 1, script({ ...more, upgrade: { ...CLEAN, ...upgrade } }))).tally.begunBehind,
  ];
  expect(await behind({ code: 250 })).toEqual([250]);
  expect(await behind({})).toEqual([]);
  expect(await behind({ code: 250 }, { spared: 1 })).toEqual([]);
  const extra = { kind: 'extra', behind: 'ehlo', glue: { lines: [{ code: 220, text: 'a' }] } } as const;
  expect(await behind({ code: 550 }, { before: [extra] })).toEqual([]);
  expect(await behind({ code: 454, glued: { lines: [{ code: 220, text: 'a' }] } })).toEqual([]);
  expect(await behind({ code: 250, unanswered: 'fin' })).toEqual([]);
  const { tally } = await counted(
    { used: plaintext, fresh: begun },
    1,
    script({ upgrade: { ...CLEAN, code: 250 } }),
  );
  expect(tally.begunBehind.size).toBe(0);
  expect(begunNotes(new Set())).toEqual([]);
  expect(begunNotes(new Set([251, 250]))[0]?.text).toMatch(/TLS behind 250, 251 in answer/);
  expect(begunNotes(new Set([201, 202, 203, 204, 205, 206]))[0]?.text).toMatch(/205 and 1 more in answer/);
});
