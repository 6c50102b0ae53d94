import { expect, test } from 'vitest';
import type { Deviation } from '../../src/claim.ts';
import { fingerprintOf, isNeedless, knowledge, widerNames } from '../../src/client/fingerprint.ts';
import { OFFERED } from '../../src/client/offer.ts';
import { CLEAN, type Script } from '../../src/client/script.ts';

const named = (claim: string, signature: string, changes: Partial<Script>): string =>
  fingerprintOf({ errand: {}, before: [], upgrade: CLEAN, after: [], ...changes }, {
    claim,
    signature,
  } as Deviation);

test('an extension has the name by which it is registered, in whichever letters, and AUTH one in both of its forms', () => {
  expect(knowledge({ kind: 'keyword', keyword: 'size 10000000' })).toBe('SIZE');
  expect(knowledge({ kind: 'keyword', keyword: 'MT-PRIORITY MIXER' })).toBe('MT-PRIORITY');
  expect(knowledge({ kind: 'keyword', keyword: 'AUTH=LOGIN' })).toBe('AUTH');
  expect(knowledge({ kind: 'auth', mechanisms: ['LOGIN'] })).toBe('AUTH');
  expect(knowledge({ kind: 'ready', name: 'a' })).toBe('the answer to STARTTLS');
});

test('what is kept is named, but not a heap that nobody has taken apart', () => {
  const [one, two] = OFFERED;
  expect(named('client-discards', 'MAIL +SIZE', { before: [{ kind: 'size', limit: null }] })).toBe(
    'keeps SIZE',
  );
  expect(named('client-markers', 'marker in help', { before: OFFERED.slice(0, 2) })).toBe(
    `keeps ${[one, two]
      .map(offer => knowledge(offer ?? { kind: 'withhold' }))
      .sort()
      .join(' and ')}`,
  );
  expect(named('client-discards', 'MAIL +SIZE', { before: OFFERED })).toBe('keeps something said before TLS');
});

test('of what is kept three names are told, and no more', () => {
  const keys = OFFERED.map(offer => knowledge(offer));
  const distinct = OFFERED.filter((offer, at) => keys.indexOf(knowledge(offer)) === at);
  const name = (count: number): string =>
    named('client-discards', 'MAIL +SIZE', { before: distinct.slice(0, count) });
  expect(name(3).split(' and ')).toHaveLength(3);
  expect(name(4)).toBe('keeps something said before TLS');
});

test('what bytes behind the 220 do is not what is kept where a 220 has several lines', () => {
  const upgrade = { ...CLEAN, lines: 2 };
  const before: Script['before'] = [{ kind: 'auth', mechanisms: ['LOGIN'] }];
  const name = (changes: Partial<Script>): string => named('client-injected', 'AUTH +LOGIN', changes);
  expect(name({ before, upgrade })).toBe('keeps something said before TLS after a 220 of several lines');
  // There lines of the 220 are left unread.
  expect(name({ upgrade })).toBe('answered after a 220 of several lines');
  const glued = { lines: [], fragment: { code: 250, text: 'a' } } as const;
  expect(name({ before, upgrade: { ...upgrade, glued } })).toBe('answered with a fragment glued to the 220');
});

test('what goes out in plaintext is named after what stood in the way of TLS', () => {
  const plaintext = (changes: Partial<Script>): string =>
    named('client-required-tls', 'plaintext MAIL', changes);
  expect(plaintext({})).toBe('goes on in plaintext though nothing stands in the way of TLS');
  expect(plaintext({ before: [{ kind: 'withhold' }] })).toBe(
    'goes on in plaintext where STARTTLS is not offered',
  );
  expect(plaintext({ before: [{ kind: 'spelling', starttls: 'starttls' }] })).toBe(
    'goes on in plaintext where STARTTLS is offered in other words',
  );
  expect(plaintext({ upgrade: { ...CLEAN, code: 454 } })).toBe(
    'goes on in plaintext where STARTTLS is refused',
  );
  for (const unanswered of ['fin', 'rst', 'silence'] as const)
    expect(plaintext({ upgrade: { ...CLEAN, unanswered } })).toBe(
      'goes on in plaintext where STARTTLS is left without an answer',
    );
  for (const code of [235, 450, 502])
    expect(plaintext({ before: [{ kind: 'answer', to: 'ehlo', code, lines: 1 }] })).toBe(
      'goes on in plaintext where EHLO is refused',
    );
});

test('and after the trouble that there was in TLS, which is no want of obstacles', () => {
  const plaintext = (after: Script['after']): string =>
    named('client-required-tls', 'plaintext MAIL', { after });
  const ended = { kind: 'close', on: 'ehlo', how: 'fin' } as const;
  expect(plaintext([ended])).toBe('goes on in plaintext where the session in TLS fails');
  expect(plaintext([{ kind: 'answer', to: 'mail', code: 451, lines: 1 }])).toBe(
    'goes on in plaintext where the session in TLS fails',
  );
  expect(plaintext([{ kind: 'hold', on: 'ehlo', ms: 80 }])).toBe(
    'goes on in plaintext though nothing stands in the way of TLS',
  );
});

test('who was in TLS, and had no trouble there, leaves it', () => {
  const after = 'plaintext MAIL after TLS';
  expect(named('client-required-tls', after, {})).toBe('leaves TLS and goes on in plaintext');
  expect(
    named('client-required-tls', after, { after: [{ kind: 'answer', to: 'mail', code: 451, lines: 1 }] }),
  ).toBe('goes on in plaintext where the session in TLS fails');
});

test('what goes out before STARTTLS has a name of its own, whatever stands in the way of TLS later', () => {
  for (const upgrade of [CLEAN, { ...CLEAN, code: 454 }])
    expect(named('client-required-tls', 'plaintext MAIL before STARTTLS', { upgrade })).toBe(
      'sends MAIL before STARTTLS',
    );
});

test('what goes out in plaintext is named after the weightiest of what stood in the way', () => {
  const plaintext = (changes: Partial<Script>): string =>
    named('client-required-tls', 'plaintext MAIL', changes).replace('goes on in plaintext ', '');
  const upgrade = (changes: Partial<Script['upgrade']>): string =>
    plaintext({ upgrade: { ...CLEAN, ...changes } });
  const line = { code: 250, text: 'a' } as const;
  expect(upgrade({ handshake: { kind: 'failed', how: 'garbage' } })).toBe('after a failed handshake');
  expect(upgrade({ handshake: { kind: 'sound', version: '1.3', certificate: 'expired' } })).toBe(
    'behind a wrong certificate',
  );
  expect(plaintext({ before: [{ kind: 'answer', to: 'ehlo', code: 250, lines: 2 }] })).toBe(
    'after a surprise',
  );
  for (const behind of [
    { glued: { lines: [line] } },
    { glued: { lines: [], fragment: line } },
    { segment: { lines: [line] } },
  ])
    expect(upgrade(behind)).toBe('where bytes come behind the 220');
  expect(upgrade({ lines: 2 })).toBe('after a 220 of several lines');
  expect(named('client-injected', 'x', { upgrade: { ...CLEAN, code: 250 } })).toBe(
    'answered after 250 to STARTTLS',
  );
  // A list in TLS is no trouble.
  expect(plaintext({ after: [{ kind: 'size', limit: null }] })).toBe(
    'though nothing stands in the way of TLS',
  );
});

test('what is done in plaintext whatever comes needs nothing in the way of TLS', () => {
  const names = [
    'sends MAIL before STARTTLS',
    'goes on in plaintext though nothing stands in the way of TLS',
    'goes on in plaintext after a failed handshake',
    'keeps SIZE',
  ];
  expect(names.map(isNeedless)).toEqual([true, true, false, false]);
});

test('who goes on without STARTTLS since it is offered in other words is told from one that looks for no offer', () => {
  const [claim, signature] = ['client-starttls-early', 'too soon mail'];
  const before: Script['before'] = [{ kind: 'spelling', starttls: 'starttls' }];
  const spelled = { errand: {}, before, upgrade: CLEAN, after: [] };
  expect(named(claim, signature, {})).toBe(signature);
  expect(named(claim, signature, { before })).toBe('too soon mail where STARTTLS is offered in other words');
  // Of one that looks for none, the first is known to be another sighting.
  expect(widerNames(spelled, { claim, signature } as Deviation)).toContain(signature);
});
