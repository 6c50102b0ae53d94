/** Words put to a server, and what it puts out. */

import { expect, test } from 'vitest';
import type { Driver } from '../../src/drivers/driver.ts';
import { ENDED } from '../../src/learn/alphabet.ts';
import { newTeacher } from '../../src/learn/teacher.ts';
import { stageOf } from '../../src/probe.ts';
import { newRunner } from '../../src/runner.ts';
import { type Behaviour, SOUND } from '../../src/targets/reference/behaviour.ts';
import { referenceInMemory } from '../../src/targets/reference/target.ts';

const SPEECH = { user: 'tester', password: 'secret', recipient: '*@lab.example' };

function teacherOf(
  changes: Partial<Behaviour> = {},
  change: (driver: Driver) => Partial<Driver> = () => ({}),
) {
  const stage = stageOf(referenceInMemory({ behaviour: { ...SOUND, ...changes } }));
  const driver = { ...stage.driver, ...change(stage.driver) };
  return newTeacher(newRunner({ ...stage, driver }, 4), SPEECH, work => work());
}

const codes = (outputs: readonly string[]): readonly string[] =>
  outputs.map(output => output.split(' ')[0] ?? '');

test('what is said before STARTTLS, and in TLS, is answered in its place', async () => {
  const teacher = teacherOf();
  expect(
    codes(await teacher.answer(['mail', 'ehlo', 'starttls', 'mail', 'ehlo', 'mail', 'starttls'])),
  ).toEqual(['503', '250', '220', '503', '250', '250', '503']);
  expect(teacher).toMatchObject({ words: 1, connections: 1 });
});

test('behind a STARTTLS that is refused the word goes on in plaintext, and the next is known to', async () => {
  const teacher = teacherOf({
    judge: (event, _, { session }) =>
      event === 'starttls' && session.sender !== undefined
        ? { code: 503, enhanced: '5.5.1', lines: ['Not now'] }
        : 'sound',
  });
  const word = ['ehlo', 'mail', 'starttls', 'rset', 'starttls', 'mail'];
  expect(codes(await teacher.answer(word))).toEqual(['250', '250', '503', '250', '220', '503']);
  const { connections } = teacher;
  expect(codes(await teacher.answer([...word, 'ehlo']))).toEqual([
    '250',
    '250',
    '503',
    '250',
    '220',
    '503',
    '250',
  ]);
  expect(teacher.connections).toBe(connections + 1);
});

test('of what comes behind the end nobody is asked', async () => {
  const teacher = teacherOf({
    judge: event =>
      event === 'rset' ? { code: 421, enhanced: '4.7.0', lines: ['Bye'], close: true } : 'sound',
  });
  expect(codes(await teacher.answer(['rset', 'ehlo', 'mail']))).toEqual(['421', ENDED, ENDED]);
  const { connections } = teacher;
  expect(codes(await teacher.answer(['rset', 'ehlo', 'starttls', 'data']))).toEqual([
    '421',
    ENDED,
    ENDED,
    ENDED,
  ]);
  expect(teacher.connections).toBe(connections + 1);
});

test('a server that is silent once is asked again', async () => {
  let connections = 0;
  const teacher = teacherOf({}, ({ connect }) => ({
    async connect(wait) {
      const opening = await connect(wait);
      if (opening.kind === 'refused' || ++connections > 1) return opening;
      const { connection } = opening;
      const receive = connection.receive.bind(connection);
      let heard = 0;
      connection.receive = limit => (heard++ === 0 ? receive(limit) : { kind: 'silence' });
      return opening;
    },
  }));
  expect(codes(await teacher.answer(['ehlo', 'rset']))).toEqual(['250', '250']);
  expect(connections).toBe(2);
});

test('a target that takes no connection is gone, and what is asked when time is up is not asked', async () => {
  const refused = teacherOf({}, () => ({
    connect: () => ({ kind: 'refused', reason: 'ECONNREFUSED' }),
    pause: () => {},
  }));
  await expect(refused.answer(['ehlo'])).rejects.toThrow('gone');
  const stage = stageOf(referenceInMemory());
  const late = newTeacher(newRunner(stage, 1), SPEECH, async () => undefined);
  await expect(late.answer(['ehlo'])).rejects.toThrow('time');
});

test('no more words are asked than there is room for', async () => {
  const stage = stageOf(referenceInMemory());
  const teacher = newTeacher(newRunner(stage, 4), SPEECH, work => work(), 2);
  await teacher.answer(['ehlo']);
  await teacher.answer(['mail']);
  await expect(teacher.answer(['rcpt'])).rejects.toThrow('full');
});

test.each([
  ['in TLS', ['starttls', 'ehlo', 'rset', 'mail']],
  ['in plaintext', ['ehlo', 'rset', 'starttls']],
])('where a command is answered twice %s, nobody knows what answers what', async (_, word) => {
  const twice = { code: 250, enhanced: '2.0.0', lines: ['twice'] } as const;
  const teacher = teacherOf({ judge: event => (event === 'rset' ? twice : 'sound') }, ({ connect }) => ({
    async connect(wait) {
      const opening = await connect(wait);
      if (opening.kind === 'refused') return opening;
      const { connection } = opening;
      const receive = connection.receive.bind(connection);
      connection.receive = async limit => {
        const heard = await receive(limit);
        const isTwice = heard.kind === 'bytes' && heard.bytes.includes('twice');
        return isTwice ? { ...heard, bytes: heard.bytes.repeat(2) } : heard;
      };
      return opening;
    },
  }));
  expect(codes(await teacher.answer(['starttls', 'ehlo', 'mail']))).toEqual(['220', '250', '250']);
  await expect(teacher.answer(word)).rejects.toThrow('out of step');
});
