/** What is wrong about STARTTLS itself, whatever a fresh connection shows. */

import { describe, expect, test } from 'vitest';
import { failedHandshake } from '../../properties/failed-handshake.ts';
import { followsModel } from '../../properties/follows-model.ts';
import { BARE, type Scenario, type Step, type Upgrade } from '../../src/scenario.ts';
import type { Entry, Transcript } from '../../src/transcript.ts';
import { evidence, reply, stray } from './evidence.ts';

const STARTTLS: Step = { kind: 'starttls' };
const NOOP: Step = { kind: 'noop' };
const GLUED: Upgrade = { ...BARE, glued: { lines: [NOOP], times: 1, ending: 'CRLF' } };
const QUIT: Entry = { at: 0, part: 'fence', step: 0, kind: 'sent', bytes: 'QUIT\r\n' };

const judged = (
  scenario: Partial<Scenario>,
  entries: readonly Entry[],
  upgrade: Transcript['upgrade'] = 'secure',
  offered: readonly string[] = [],
) =>
  followsModel
    .judge(
      evidence(
        scenario,
        { entries, upgrade },
        { facts: { refusedUngreeted: [], offered, loginKnown: false } },
      ),
    )
    .map(({ summary }) => summary);

describe('STARTTLS with a parameter', () => {
  const scenario = { upgrade: { ...BARE, argument: 'a' } };

  test('must not be taken', () => {
    expect(judged(scenario, [])).toEqual(['STARTTLS is accepted with a parameter']);
  });

  test('may be where the server offers that, or takes it for nothing', () => {
    expect(judged(scenario, [], 'secure', ['STARTTLSDOMAIN'])).toEqual([]);
    expect(judged(scenario, [], 'refused')).toEqual([]);
    expect(judged({}, [])).toEqual([]);
  });
});

describe('STARTTLS in TLS', () => {
  const answered = (code: number, ...before: readonly Step[]) =>
    judged({ after: [...before, STARTTLS] }, [reply('after', before.length, code)]);

  test('must not be taken', () => {
    expect(answered(220)).toEqual(['STARTTLS is accepted in TLS']);
    expect(answered(220, NOOP)).toEqual(['STARTTLS is accepted in TLS']);
  });

  test('may be refused; and a 220 may be the late answer to something else', () => {
    expect(answered(503)).toEqual([]);
    expect(answered(220, { kind: 'xclient', attribute: 'NAME', value: 'a' })).toEqual([]);
    expect(answered(220, { kind: 'bytes', bytes: 'a' })).toEqual([]);
    const glued = { upgrade: GLUED, after: [STARTTLS] };
    expect(judged(glued, [reply('after', 0, 220)])).toEqual([]);
    expect(judged({ after: [STARTTLS] }, [reply('after', 0, 220)], 'failed')).toEqual([]);
  });
});

describe('a reply too many', () => {
  const MANY = [QUIT, reply('fence', 0, 250), reply('fence', 0, 221)];
  const TOLD = ['there are more replies in TLS than commands'];

  test('is none that any command asked for', () => {
    expect(judged({ after: [NOOP] }, MANY)).toEqual(TOLD);
    expect(judged({ after: [NOOP] }, [QUIT, reply('fence', 0, 221)])).toEqual([]);
    // A goodbye may come at any time.
    expect(judged({ after: [NOOP] }, [QUIT, reply('fence', 0, 421), reply('fence', 0, 221)])).toEqual([]);
  });

  test('is for another claim, or cannot be told, where more may be taken for commands', () => {
    const chunk: Step = { kind: 'bdat', body: 'plain', token: 'a' };
    expect(judged({ upgrade: GLUED }, MANY)).toEqual([]);
    expect(judged({ after: [STARTTLS] }, MANY)).toEqual([]);
    expect(judged({ after: [{ kind: 'quit' }] }, MANY)).toEqual([]);
    expect(judged({ before: [{ kind: 'bytes', bytes: 'a' }] }, MANY)).toEqual([]);
    expect(judged({ after: [{ kind: 'bytes', bytes: 'a' }] }, MANY)).toEqual([]);
    expect(judged({ after: [chunk] }, [reply('after', 0, 503), ...MANY])).toEqual([]);
    expect(judged({ after: [chunk] }, [reply('after', 0, 250), ...MANY])).toEqual(TOLD);
    expect(judged({ after: [NOOP] }, MANY, 'failed')).toEqual([]);
  });
});

describe('behind a handshake that failed', () => {
  const said = (entries: readonly Entry[], upgrade = BARE, outcome: Transcript['upgrade'] = 'failed') =>
    failedHandshake
      .judge(evidence({ upgrade, after: [{ kind: 'mail', from: 'a' }] }, { entries, upgrade: outcome }))
      .map(({ step, used }) => [step, used]);

  test.each<[string, Entry, number, string]>([
    ['a command', reply('after', 0, 250), 0, '250 in plaintext'],
    ['a command that is refused, but read', reply('after', 0, 503), 0, '503 in plaintext'],
    ['what stood in place of the ClientHello', stray('500 What?\r\n'), -1, '500 in plaintext'],
    ['a reply of several lines', stray('502-a\r\n502 b\r\n'), -1, '502 in plaintext'],
  ])('nothing is answered in plaintext: %s', (_, entry, step, used) => {
    expect(said([entry])).toEqual([[step, used]]);
  });

  test.each([221, 421, 454, 554])('a goodbye, or a refusal, is sound: %i', code => {
    expect(said([reply('after', 0, code)])).toEqual([]);
    expect(said([stray(`${code} no\r\n`)])).toEqual([]);
  });

  test('what is heard elsewhere, or of what travelled with STARTTLS, is for another claim', () => {
    expect(said([reply('upgrade', 0, 220)])).toEqual([]);
    expect(said([reply('after', 0, 250)], GLUED)).toEqual([]);
    expect(said([reply('after', 0, 250)], BARE, 'secure')).toEqual([]);
    expect(said([stray('not a reply')])).toEqual([]);
  });
});
