/** The phase × event table, and what follows from it. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { EVENTS, type Event, MACHINE, PHASES, type Phase, phaseOf } from '../../src/smtp/machine.ts';
import { newSession, type Session } from '../../src/smtp/session.ts';

/** The phase behind a sequence of events that all succeed where they are in order. */
function walk(events: readonly Event[], from: Phase = 'start'): Phase {
  return events.reduce<Phase>((phase, event) => {
    const cell = MACHINE[phase][event];
    return cell.kind === 'in-order' ? cell.next : phase;
  }, from);
}

const events = fc.array(fc.constantFrom(...EVENTS), { maxLength: 40 });
const phases = fc.constantFrom(...PHASES);
const isGreeting = (event: Event): boolean => event === 'helo' || event === 'ehlo';

describe.each(PHASES)('phase %s', phase => {
  test.each(EVENTS)('has a cell for %s', event => {
    const cell = MACHINE[phase][event];
    if (cell.kind === 'out-of-order') {
      expect(cell.refuse).toBeGreaterThanOrEqual(500);
      return;
    }
    expect(PHASES).toContain(cell.next);
    expect(cell.codes.length).toBeGreaterThan(0);
    for (const code of cell.codes) expect(Math.floor(code / 100)).toBeOneOf([2, 3]);
  });

  test('has no cell for anything else', () => {
    expect(Object.keys(MACHINE[phase]).sort()).toEqual([...EVENTS].sort());
  });
});

describe('the phase of a session', () => {
  const greeting = { verb: 'EHLO', name: 'a' } as const;
  const sender = { address: 'a@b', parameters: {} };
  const rows: readonly (readonly [Phase, Partial<Session>])[] = [
    ['start', {}],
    ['start', { tls: { version: 'TLSv1.3', resumed: false }, commands: 7, login: 'a' }],
    ['greeted', { greeting }],
    ['mail', { greeting, sender }],
    ['rcpt', { greeting, sender, recipients: [sender] }],
    ['bdat', { greeting, sender, recipients: [sender], chunks: '' }],
    ['auth', { greeting, dialogue: { mechanism: 'LOGIN' } }],
    ['auth', { greeting, sender, dialogue: { mechanism: 'LOGIN' } }],
  ];
  test.each(rows)('is %s for %j', (phase, fields) => {
    expect(phaseOf({ ...newSession(0), ...fields })).toBe(phase);
  });
});

describe('properties of the table', () => {
  test('no path leads to a transaction without a greeting', () => {
    fc.assert(
      fc.property(events, path => {
        const ungreeted = path.filter(event => !isGreeting(event));
        expect(walk(ungreeted)).toBe('start');
      }),
    );
  });

  test('behind STARTTLS, wherever it is in order, a greeting is wanted again', () => {
    fc.assert(
      fc.property(phases, events, (phase, path) => {
        fc.pre(MACHINE[phase].starttls.kind === 'in-order');
        expect(walk(['starttls', ...path.filter(event => !isGreeting(event))], phase)).toBe('start');
      }),
    );
  });

  test('RSET ends a transaction and keeps the greeting', () => {
    fc.assert(
      fc.property(events, path => {
        const phase = walk(path);
        fc.pre(phase !== 'auth');
        expect(walk(['rset'], phase)).toBe(phase === 'start' ? 'start' : 'greeted');
      }),
    );
  });

  test('every phase can be reached, that of an AUTH dialogue by a 334, and left for the first one', () => {
    const reached = new Set<Phase>(['start']);
    for (const phase of reached) for (const event of EVENTS) reached.add(walk([event], phase));
    expect([...reached, 'auth'].sort()).toEqual([...PHASES].sort());
    expect(MACHINE.greeted.auth).toMatchObject({ codes: expect.arrayContaining([334]) });
    for (const phase of PHASES) expect(walk(['auth-response', 'starttls'], phase), phase).toBe('start');
  });

  test('a transaction phase is reached from the one before it, and in no other way', () => {
    const before: Partial<Record<Phase, readonly Phase[]>> = {
      mail: ['greeted'],
      rcpt: ['mail'],
      bdat: ['rcpt'],
    };
    for (const phase of PHASES) {
      for (const event of EVENTS) {
        const next = walk([event], phase);
        const allowed = before[next];
        if (next !== phase && allowed !== undefined) expect(allowed, `${phase} ${event}`).toContain(phase);
      }
    }
  });
});

describe('rows of the RFCs', () => {
  const rows: readonly (readonly [string, Phase, Event, number | Phase])[] = [
    ['RFC 5321 4.1.4: MAIL before a greeting is out of order', 'start', 'mail', 503],
    ['RFC 5321 4.1.4: a second MAIL in a transaction is out of order', 'mail', 'mail', 503],
    ['RFC 5321 4.1.4: RCPT needs MAIL', 'greeted', 'rcpt', 503],
    ['RFC 5321 3.3: DATA needs RCPT', 'mail', 'data', 503],
    ['RFC 5321 4.1.1.4: DATA ends the transaction', 'rcpt', 'data', 'greeted'],
    ['RFC 5321 4.1.4: a new EHLO ends an open transaction', 'rcpt', 'ehlo', 'greeted'],
    ['RFC 5321 4.1.4: NOOP may be used at any time', 'start', 'noop', 'start'],
    ['RFC 5321 4.1.4: QUIT may be used at any time', 'bdat', 'quit', 'bdat'],
    ['RFC 3207 4.2: STARTTLS leads back to the initial state', 'rcpt', 'starttls', 'start'],
    ['RFC 4954 4: AUTH in a transaction is rejected with 503', 'mail', 'auth', 503],
    ['RFC 4954 4: a line in an AUTH dialogue is a response', 'auth', 'noop', 501],
    ['RFC 4954 4: the dialogue ends where it began', 'auth', 'auth-response', 'greeted'],
    ['RFC 3030 2: BDAT without a transaction is rejected with 503', 'greeted', 'bdat', 503],
    ['RFC 3030 3: DATA does not follow BDAT', 'bdat', 'data', 503],
    ['RFC 3030 2: the last chunk ends the transaction', 'bdat', 'bdat-last', 'greeted'],
    ['RFC 5321 4.2.4: what is not known is answered by 500', 'greeted', 'unknown', 500],
  ];
  test.each(rows)('%s', (_rule, phase, event, expected) => {
    const cell = MACHINE[phase][event];
    expect(cell.kind === 'in-order' ? cell.next : cell.refuse).toBe(expected);
  });
});
