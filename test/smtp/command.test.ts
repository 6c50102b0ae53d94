/** Command lines as the server reads them. */

import { describe, expect, test } from 'vitest';
import { parseCommand, parsePath } from '../../src/smtp/command.ts';
import { EVENTS } from '../../src/smtp/machine.ts';

describe('a command line', () => {
  test.each([
    ['NOOP', 'noop', ''],
    ['ehlo me.example', 'ehlo', 'me.example'],
    ['eHlO me.example', 'ehlo', 'me.example'],
    ['  EHLO   me.example  ', 'ehlo', 'me.example'],
    ['EHLO\tme.example', 'ehlo', 'me.example'],
    ['MAIL FROM:<a@b> SIZE=1', 'mail', 'FROM:<a@b> SIZE=1'],
    ['BDAT 5', 'bdat', '5'],
    ['BDAT 5 LAST', 'bdat-last', '5 LAST'],
    ['bdat 0 last', 'bdat-last', '0 last'],
    ['STARTTLS now', 'starttls', 'now'],
  ])('%j is the event %s with the argument %j', (line, event, argument) => {
    expect(parseCommand(line)).toEqual({ event, argument });
  });

  test.each(['', ' ', 'FROB x', 'NOOPX', 'EHLO:x', 'unknown', 'auth-response', 'bdat-last', '\xff\x00'])(
    '%j is unknown',
    line => {
      expect(parseCommand(line)).toEqual({ event: 'unknown', argument: line.trim() });
    },
  );

  test('can be each event but those that the session alone brings about', () => {
    const spoken = EVENTS.filter(event => parseCommand(event).event === event);
    expect(EVENTS.filter(event => !spoken.includes(event))).toEqual(['bdat-last', 'auth-response']);
  });
});

describe('a path', () => {
  test.each([
    ['FROM:<a@b.example>', 'a@b.example', {}],
    ['from:<a@b.example>', 'a@b.example', {}],
    ['FROM: <a@b.example>', 'a@b.example', {}],
    ['FROM:<>', '', {}],
    ['FROM:<a@b.example> SIZE=10 smtputf8', 'a@b.example', { SIZE: '10', SMTPUTF8: '' }],
    ['FROM:<a@b.example>   BODY=8BITMIME  ', 'a@b.example', { BODY: '8BITMIME' }],
    ['FROM:<a@b.example> ENVID=a=b', 'a@b.example', { ENVID: 'a=b' }],
  ])('%j is read', (argument, address, parameters) => {
    expect(parsePath(argument, 'FROM')).toEqual({ address, parameters });
  });

  test.each(['', 'FROM:', 'FROM:a@b', 'FROM:<a@b', 'FROM:<a b>', 'FROM:<a@b>SIZE=1', 'TO:<a@b>'])(
    '%j is none',
    argument => {
      expect(parsePath(argument, 'FROM')).toBeUndefined();
    },
  );

  test('has the keyword that the command asks for', () => {
    expect(parsePath('TO:<a@b>', 'TO')?.address).toBe('a@b');
    expect(parsePath('FROM:<a@b>', 'TO')).toBeUndefined();
  });
});
