import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { replayCommand } from '../../src/campaign/replay-command.ts';

/** The words that a shell makes of a command. */
const words = (command: string): readonly string[] =>
  execFileSync('sh', ['-c', `set -- ${command}; printf '%s\\n' "$@"`], {
    encoding: 'utf8',
    env: { SMTP_PASSWORD: 'se cret' },
  })
    .trimEnd()
    .split('\n');

test('what the campaign file says of the target is said again, whatever a shell would make of it', () => {
  const entry = { target: 't', rcpt: "*@it's.example; id", auth: 'tester:$SMTP_PASSWORD', sink: 2500 };
  expect(words(replayCommand('kept here/a.json', entry))).toEqual([
    ...['afresh', 'replay', 'kept here/a.json'],
    ...['--rcpt', "*@it's.example; id", '--sink', '2500', '--auth', 'tester:se cret'],
  ]);
});

test('a password that stands in the file is not shown', () => {
  expect(replayCommand('a.json', { target: 't', auth: 'tester:se:cret' })).toBe(
    'afresh replay a.json --auth tester:PASSWORD',
  );
});
