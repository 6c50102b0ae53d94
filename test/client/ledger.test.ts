/** What a search of a client has come to, told once each. */

import { expect, test } from 'vitest';
import type { ClientFinding } from '../../src/client/finding.ts';
import { newClientLedger } from '../../src/client/ledger.ts';
import { CLEAN, type Script } from '../../src/client/script.ts';

const script = (): Script => ({ errand: {}, before: [], upgrade: CLEAN, after: [] });

const finding = (fingerprint: string, minimal = true) =>
  ({
    fingerprint,
    minimal,
    example: { deviations: [] },
    deviation: { claim: 'client-fresh-connection' },
  }) as unknown as ClientFinding;

function told() {
  const names: (readonly [name: string, withdraws: string | undefined])[] = [];
  const ledger = newClientLedger(({ fingerprint, withdraws }) => names.push([fingerprint, withdraws]));
  return { ledger, names };
}

test('a finding is told once; what has its name is a further sighting of it', () => {
  const { ledger, names } = told();
  ledger.record(finding('keeps SIZE'));
  ledger.record(finding('keeps SIZE'));
  expect(names).toEqual([['keeps SIZE', undefined]]);
  expect(ledger.findings).toHaveLength(1);
  expect(ledger.sightings.count('keeps SIZE')).toBe(2);
});

test('a finding that was made small is told in the place of the rough one, which is withdrawn where it had another name', () => {
  const { ledger, names } = told();
  const [rough, small] = [finding('keeps SIZE and greeting', false), finding('keeps SIZE')];
  ledger.record(finding('keeps AUTH'));
  ledger.record(rough);
  ledger.replace(rough, small);
  expect(ledger.findings.map(({ fingerprint }) => fingerprint)).toEqual(['keeps AUTH', 'keeps SIZE']);
  expect(names.at(-1)).toEqual(['keeps SIZE', 'keeps SIZE and greeting']);
  expect(ledger.sightings.count('keeps SIZE')).toBe(1);
  const again = finding('keeps SIZE');
  ledger.replace(ledger.findings[1] as ClientFinding, again);
  expect(names.at(-1)).toEqual(['keeps SIZE', undefined]);
});

test('a finding that turns out to be another one gives way to it', () => {
  const { ledger, names } = told();
  const rough = finding('keeps SIZE and greeting', false);
  ledger.record(finding('keeps SIZE'));
  ledger.record(rough);
  ledger.replace(rough, finding('keeps SIZE'));
  expect(ledger.findings.map(({ fingerprint }) => fingerprint)).toEqual(['keeps SIZE']);
  expect(names.at(-1)).toEqual(['keeps SIZE', 'keeps SIZE and greeting']);
  expect(ledger.sightings.count('keeps SIZE and greeting')).toBe(0);
});

test('what tells of a part of a defect gives way to what tells of all of it, and nothing else does', () => {
  const { ledger, names } = told();
  const of = (fingerprint: string, claim: string) =>
    ({ ...finding(fingerprint), script: script(), deviation: { claim } }) as ClientFinding;
  ledger.record(of('goes on in plaintext behind a wrong certificate', 'client-required-tls'));
  ledger.record(of('sends AUTH before STARTTLS', 'client-required-tls'));
  ledger.record(of('goes on in plaintext where STARTTLS is refused', 'client-required-tls'));
  ledger.record(of('takes a certificate expired', 'client-certificate'));
  ledger.record(of('goes on in plaintext where TLS fails', 'client-required-tls'));
  expect(ledger.findings.map(({ fingerprint }) => fingerprint).sort()).toEqual([
    'goes on in plaintext where TLS fails',
    'sends AUTH before STARTTLS',
    'takes a certificate expired',
  ]);
  expect(names.slice(-2)).toEqual([
    ['goes on in plaintext where TLS fails', 'goes on in plaintext behind a wrong certificate'],
    ['goes on in plaintext where TLS fails', 'goes on in plaintext where STARTTLS is refused'],
  ]);
});

test('that TLS is left gives way to that it is done without where it fails, unless both were told apart', () => {
  const leaving = (minimal: boolean) =>
    ({
      ...finding('leaves TLS and goes on in plaintext', minimal),
      script: script(),
      deviation: { claim: 'client-required-tls', signature: 'plaintext MAIL after TLS' },
    }) as ClientFinding;
  const fails = {
    ...finding('goes on in plaintext where TLS fails'),
    script: script(),
    deviation: { claim: 'client-required-tls', signature: 'plaintext MAIL' },
  } as ClientFinding;
  for (const minimal of [false, true]) {
    const { ledger } = told();
    ledger.record(leaving(minimal));
    ledger.record(fails);
    expect(ledger.findings).toHaveLength(minimal ? 2 : 1);
  }
});

test('who reads lines behind the 220, and the beginning of one, reads all that is there', () => {
  const { ledger, names } = told();
  const [lines, fragment] = [
    'answered with lines glued to the 220',
    'answered with a fragment glued to the 220',
  ];
  const of = (fingerprint: string) =>
    ({
      ...finding(fingerprint),
      script: { ...script(), upgrade: { ...CLEAN, glued: { lines: [] } } },
      deviation: { claim: 'client-injected' },
    }) as unknown as ClientFinding;
  ledger.record(of(lines));
  ledger.record(of(fragment));
  expect(names).toEqual([
    [lines, undefined],
    ['answered with what is glued to the 220', lines],
  ]);
  ledger.record(of(fragment));
  expect(ledger.findings).toHaveLength(1);
});

test('the means by which a message goes out in plaintext give way to that it does', () => {
  const { ledger } = told();
  const of = (fingerprint: string, claim: string, ...shown: readonly string[]) =>
    ({
      ...finding(fingerprint),
      script: script(),
      deviation: { claim },
      example: { deviations: shown.map(one => ({ claim: one })) },
    }) as unknown as ClientFinding;
  ledger.record(of('goes on', 'client-negotiates', 'client-negotiates', 'client-required-tls'));
  ledger.record(of('speaks', 'client-negotiates', 'client-negotiates'));
  ledger.record(of('goes on in plaintext behind a wrong certificate', 'client-required-tls'));
  ledger.record(of('goes on again', 'client-negotiates', 'client-negotiates', 'client-required-tls'));
  expect(ledger.findings.map(({ fingerprint }) => fingerprint).sort()).toEqual([
    'goes on in plaintext behind a wrong certificate',
    'speaks',
  ]);
  expect(ledger.sightings.count('goes on in plaintext behind a wrong certificate')).toBe(2);
});

test('so do those that came to nothing in their own run, and to a message in that of the other', () => {
  const { ledger } = told();
  const signature = 'goes on in plaintext on a connection whose handshake failed';
  const means = { claim: 'client-negotiates', signature };
  const of = (deviation: object, ...deviations: readonly object[]) =>
    ({
      ...finding(JSON.stringify(deviation)),
      script: script(),
      deviation,
      example: { deviations },
    }) as unknown as ClientFinding;
  const message = { claim: 'client-required-tls', signature: 'plaintext MAIL' };
  ledger.record(of(means, means));
  ledger.record(of({ ...means, signature: 'speaks' }, { ...means, signature: 'speaks' }));
  ledger.record(of(message, means, message));
  expect(ledger.findings.map(({ deviation }) => deviation.signature).sort()).toEqual([
    'plaintext MAIL',
    'speaks',
  ]);
});

test('a script that came too late is counted once, and what is told twice stands once among the notes', () => {
  const { ledger } = told();
  const late = script();
  for (const one of [late, late, script()]) ledger.leave(one);
  expect(ledger.late).toBe(2);
  ledger.note({ kind: 'unconfirmed', text: 'once' }, { kind: 'unconfirmed', text: 'once' });
  ledger.note({ kind: 'unstable', text: 'once' });
  expect(ledger.notes).toEqual([
    { kind: 'unconfirmed', text: 'once' },
    { kind: 'unstable', text: 'once' },
  ]);
});
