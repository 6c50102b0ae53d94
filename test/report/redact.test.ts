import { expect, test } from 'vitest';
import { CLAIMS } from '../../properties/index.ts';
import { check } from '../../src/check.ts';
import { redacted, redactedLimit } from '../../src/report/redact.ts';
import { BARE } from '../../src/scenario.ts';
import { digestLine } from '../../src/spell.ts';
import { targetOf } from '../../src/targets/registry.ts';
import type { Transcript } from '../../src/transcript.ts';

const LOGIN = { user: 'tester', password: 'a long password' };
const base64 = (text: string): string => Buffer.from(text).toString('base64');

test('the password is taken out in each form that goes over the wire, and wherever it comes back', () => {
  const plain = base64(`\0${LOGIN.user}\0${LOGIN.password}`);
  const said = {
    entries: [`AUTH PLAIN ${plain}`, base64(LOGIN.password), `501 what is ${plain}?`],
    handlers: [{ state: { auth: { password: LOGIN.password }, user: LOGIN.user } }],
  };
  const text = JSON.stringify(redacted(said, LOGIN));
  expect(text).not.toContain(LOGIN.password);
  expect(text).not.toContain(base64(LOGIN.password));
  expect(text).not.toContain(plain);
  expect(text).toContain('"user":"tester"');
  expect(text.match(/\(password\)/g)).toHaveLength(4);
});

test.each(['pass', '(word)', 'a.*+?^$()|[]{}b', '$&$&'])('the mask is not masked: %s', password => {
  const plain = base64(`\0u\0${password}`);
  const text = `AUTH PLAIN ${plain} ${password} ${password}`;
  expect(redacted(text, { user: 'u', password })).toBe('AUTH PLAIN (password) (password) (password)');
});

test('a digest is taken out, since the challenge stands beside it', () => {
  const digest = digestLine(LOGIN, base64('<1.2@x>')).trim();
  expect(redacted(`334 ${base64('<1.2@x>')} ${digest}`, LOGIN)).toBe(`334 ${base64('<1.2@x>')} (password)`);
  const other = digestLine({ user: 'somebody-else', password: 'not-the-password' }, 'x').trim();
  expect(redacted(other, LOGIN)).toBe(other);
});

test('what was measured of a limit is told without the password, and afresh’s own words stay', () => {
  const said = { kind: 'sent', bytes: `AUTH PLAIN ${base64('\0tester\0a long password')}` };
  const transcript = { entries: [said] } as unknown as Transcript;
  const { example, ...row } = redactedLimit(
    {
      limit: 'messages',
      kept: 'kept',
      explained: 0,
      refusal: '421 a long password',
      example: {
        scenario: { before: [], upgrade: BARE, after: [] },
        summary: 'x',
        at: 0,
        lead: 0,
        transcripts: { used: transcript, fresh: transcript, transplanted: transcript },
      },
    },
    LOGIN,
  );
  expect(row).toEqual({ limit: 'messages', kept: 'kept', explained: 0, refusal: '421 (password)' });
  expect(JSON.stringify(example)).not.toContain(said.bytes);
  expect(example?.transcripts.used.entries).toEqual([{ ...said, bytes: 'AUTH PLAIN (password)' }]);
});

test('no result of a search in which a login was kept holds the password', async () => {
  const target = await targetOf('reference:keeps-login', {}).start();
  const password = target.login?.password ?? 'secret';
  const report = await check(target, {
    name: 'x',
    seed: 1,
    jobs: 8,
    claims: CLAIMS,
    wanted: [],
    scenarios: 400,
  });
  const said = JSON.stringify(report);
  expect(said).toContain('AUTH PLAIN (password)');
  for (const form of [password, base64(password), base64(`\0${target.login?.user}\0${password}`)])
    expect(said).not.toContain(form);
});
