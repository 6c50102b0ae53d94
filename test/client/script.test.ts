import { describe, expect, test } from 'vitest';
import { newScriptGenerator } from '../../src/client/generate.ts';
import { OFFERED, plainKeyword } from '../../src/client/offer.ts';
import {
  CLEAN,
  fresh,
  isClean,
  isSilent,
  Script,
  STARS,
  type Step,
  sparing,
  surprises,
  type Upgrade,
  WELCOMES,
} from '../../src/client/script.ts';
import { spell } from '../../src/client/spell.ts';
import { omit } from '../../src/reduce.ts';

const drawn = (seed: number): readonly Script[] => newScriptGenerator({ seed, silence: true }).next(400);
const speech = { nonce: 'zabcdefghi' };

describe('a server script', () => {
  test('is the same after a trip through JSON', () => {
    for (const script of drawn(1)) expect(Script.parse(JSON.parse(JSON.stringify(script)))).toEqual(script);
  });

  test('of the same seed is the same', () => {
    expect(drawn(7)).toEqual(drawn(7));
    expect(drawn(7)).not.toEqual(drawn(8));
  });

  test('offers an extension once in a list, with one parameter or another', () => {
    const lists = drawn(4).flatMap(({ before, after }) => [before, after]);
    const others = lists
      .flat()
      .filter(step => step.kind === 'keyword' && plainKeyword(step.keyword) !== step.keyword);
    expect(others.length).toBeGreaterThan(0);
    for (const list of lists) {
      const plain = list.flatMap(step => (step.kind === 'keyword' ? [plainKeyword(step.keyword)] : []));
      expect(new Set(plain).size).toBe(plain.length);
    }
  });

  test('offers no size that clients have for their chunks', () => {
    const limits = drawn(4).flatMap(({ before, after }) =>
      [...before, ...after].flatMap(step => (step.kind === 'size' ? [step.limit ?? 0] : [])),
    );
    expect(limits.some(limit => limit > 1)).toBe(true);
    for (const limit of limits) expect(limit > 1 && limit % 10 === 0).toBe(false);
  });

  test('has a fresh run that says nothing before TLS, and the same in it', () => {
    for (const script of drawn(2)) {
      const clean = fresh(script);
      expect(clean.before).toEqual([]);
      expect(isClean(clean.upgrade)).toBe(true);
      expect(surprises(clean)).toBe(false);
      expect(spell(clean, speech).secure).toEqual(spell(script, speech).secure);
    }
  });

  test('has a fresh run with the same certificate on each connection', () => {
    const certificate = { ...CLEAN, handshake: { ...CLEAN.handshake, certificate: 'expired' } } as Upgrade;
    const script: Script = { errand: {}, before: [], upgrade: certificate, after: [], spared: 1 };
    expect(fresh(script)).toEqual(script);
    expect(fresh({ ...script, upgrade: CLEAN })).toEqual({ ...omit(script, 'spared'), upgrade: CLEAN });
  });

  test('may let the first handshake fail, where the next comes with a certificate that proves nothing', () => {
    const failing = [1, 2, 3].flatMap(drawn).filter(({ firstFails }) => firstFails !== undefined);
    expect(failing.length).toBeGreaterThan(0);
    for (const script of failing) {
      const { handshake } = script.upgrade;
      expect(handshake.kind === 'sound' && handshake.certificate).not.toBe('right');
      expect(script.spared).toBe(1);
      expect(isSilent(script)).toBe(false);
      expect(surprises(script)).toBe(true);
      expect(sparing(script).upgrade.handshake).toEqual({ kind: 'failed', how: script.firstFails });
      expect(fresh(script)).not.toHaveProperty('firstFails');
    }
  });

  test('without steps offers STARTTLS in plaintext, and nothing in TLS', () => {
    const plain = spell({ errand: {}, before: [], upgrade: CLEAN, after: [] }, speech);
    expect(plain.plaintext.ehlo.send).toBe('250-server.example\r\n250 STARTTLS\r\n');
    expect(plain.secure.ehlo.send).toBe('250 server.example\r\n');
    expect(plain.upgrade.send).toBe('220 Go on\r\n');
  });

  test('may offer STARTTLS in other words', () => {
    const before = [{ kind: 'spelling', starttls: 'StartTLS' }] as const;
    const script: Script = { errand: {}, before, upgrade: CLEAN, after: [] };
    expect(spell(script, speech).plaintext.ehlo.send).toBe('250-server.example\r\n250 StartTLS\r\n');
    expect(spell({ ...script, before: [{ kind: 'withhold' }, ...before] }, speech).plaintext.ehlo.send).toBe(
      '250 server.example\r\n',
    );
    expect(drawn(1).some(({ before }) => before.some(({ kind }) => kind === 'spelling'))).toBe(true);
  });

  test('says the name that it greets with to EHLO and HELO as well, so that it is a marker there; not in TLS', () => {
    const greeting = { kind: 'greeting', name: 'a', code: 220, lines: 1 } as const;
    const { plaintext, secure } = spell(
      { errand: {}, before: [greeting], upgrade: CLEAN, after: [] },
      speech,
    );
    const hello = 'zabcdefghia.example welcomes you, says zabcdefghia [192.0.2.1]';
    expect(plaintext.ehlo.send).toBe(`250-${hello}\r\n250 STARTTLS\r\n`);
    expect(plaintext.helo.send).toBe(`250 ${hello}\r\n`);
    expect(secure.ehlo.send).toBe('250 server.example\r\n');
  });

  test('may greet in other words than ESMTP, which firewalls and some servers do', () => {
    const greeting = { kind: 'greeting', name: 'a', code: 220, lines: 1, says: 'SMTP' } as const;
    const script: Script = { errand: {}, before: [greeting], upgrade: CLEAN, after: [] };
    expect(spell(script, speech).greeting.send).toBe('220 zabcdefghia.example SMTP\r\n');
    expect(spell(fresh(script), speech).greeting.send).toBe('220 server.example ESMTP\r\n');
    const hidden: Script = { ...script, before: [{ ...greeting, says: STARS }] };
    expect(spell(hidden, speech).greeting.send).toBe(`220 ${STARS}\r\n`);
    const said = [1, 2, 3]
      .flatMap(drawn)
      .flatMap(({ before }) => before.filter(step => step.kind === 'greeting'));
    expect(new Set(said.map(({ says }) => says))).toEqual(new Set([undefined, ...WELCOMES]));
  });

  test('may say a name in its answer to STARTTLS, which keeps nobody from TLS and is in no fresh run', () => {
    const script: Script = { errand: {}, before: [{ kind: 'ready', name: 'a' }], upgrade: CLEAN, after: [] };
    expect(spell(script, speech).upgrade.send).toBe('220 Go on at zabcdefghia.example\r\n');
    expect(surprises(script)).toBe(false);
    expect(spell(fresh(script), speech).upgrade.send).toBe('220 Go on\r\n');
    expect(drawn(1).some(({ before }) => before.some(({ kind }) => kind === 'ready'))).toBe(true);
  });

  test('may answer STARTTLS with any code, and with those that servers use more often', () => {
    const codes = [1, 2, 3].flatMap(drawn).map(({ upgrade }) => upgrade.code);
    const others = codes.filter(code => code !== 220);
    expect(others.filter(code => code === 454).length).toBeGreaterThan(1);
    const rare = others.filter(code => others.filter(other => other === code).length === 1);
    expect(new Set(rare.map(code => Math.floor(code / 100)))).toEqual(new Set([2, 3, 4, 5]));
  });

  test('may refuse before TLS what a client asks first, and hold back the answer to a message', () => {
    const answered = [1, 2, 3]
      .flatMap(drawn)
      .flatMap(({ before }) => before.flatMap(step => (step.kind === 'answer' ? [step.to] : [])));
    expect(new Set(answered)).toEqual(new Set(['ehlo', 'helo', 'mail', 'auth', 'noop', 'rset']));
    expect(
      drawn(1).some(({ after }) => after.some(step => step.kind === 'hold' && step.on === 'message')),
    ).toBe(true);
  });

  test('may answer otherwise the first time alone, or every time', () => {
    const answers = [1, 2, 3]
      .flatMap(drawn)
      .flatMap(({ before }) => before.flatMap(step => (step.kind === 'answer' ? [step.once] : [])));
    expect(new Set(answers)).toEqual(new Set([true, undefined]));
  });

  test('says of what it answers otherwise the first time what comes then', () => {
    const refused: Step = { kind: 'answer', to: 'ehlo', code: 501, lines: 1, once: true };
    const held: Step = { kind: 'hold', on: 'ehlo', ms: 80 };
    const script: Script = { errand: {}, before: [refused, held], upgrade: CLEAN, after: [] };
    expect(spell(script, speech).plaintext.ehlo).toEqual({
      send: '501 Answered\r\n',
      hold: 80,
      next: { send: '250-server.example\r\n250 STARTTLS\r\n', hold: 80 },
    });
    expect(spell(script, speech).plaintext.mail).toEqual({ send: '250 Sender ok\r\n' });
  });

  test('may refuse STARTTLS in several lines', () => {
    expect(drawn(1).some(({ upgrade }) => upgrade.code !== 220 && upgrade.lines > 1)).toBe(true);
  });

  test('may have lines of some hundred octets, within what a line of a reply may have', () => {
    const long = drawn(1)
      .map(script => spell(script, speech))
      .flatMap(({ greeting, upgrade }) => [greeting.send, upgrade.send, upgrade.segment])
      .flatMap(text => text.split('\r\n'))
      .filter(line => line.length > 150);
    expect(long.length).toBeGreaterThan(0);
    for (const line of long) expect(line.length).toBeLessThanOrEqual(510);
  });

  test('may leave STARTTLS without an answer, which no clean one does, and by silence only where that is tested', () => {
    const lapses = (silence: boolean): ReadonlySet<string | undefined> =>
      new Set(
        newScriptGenerator({ seed: 1, silence })
          .next(1_000)
          .map(({ upgrade }) => upgrade.unanswered),
      );
    expect(lapses(true)).toEqual(new Set([undefined, 'fin', 'rst', 'silence']));
    expect(lapses(false)).toEqual(new Set([undefined, 'fin', 'rst']));
    for (const script of drawn(1).filter(({ upgrade }) => upgrade.unanswered !== undefined)) {
      expect(isClean(script.upgrade)).toBe(false);
      expect(isSilent(script)).toBe(script.upgrade.unanswered === 'silence');
    }
  });

  test('is silent with a step that is, on either side', () => {
    const step = { kind: 'close', on: 'ehlo', how: 'silence' } as const;
    const plain: Script = { errand: {}, before: [], upgrade: CLEAN, after: [] };
    expect([plain, { ...plain, before: [step] }, { ...plain, after: [step] }].map(isSilent)).toEqual([
      false,
      true,
      true,
    ]);
  });

  test('can offer an extension in small letters, too', () => {
    const offered = drawn(1).flatMap(({ before }) =>
      before.map(step => (step.kind === 'keyword' ? step.keyword : '')),
    );
    for (const keyword of ['auth PLAIN LOGIN', 'size 10000000']) expect(offered).toContain(keyword);
  });

  test('can offer what mail servers offer that is not registered', () => {
    for (const keyword of ['PRDR', 'XVERP']) expect(OFFERED).toContainEqual({ kind: 'keyword', keyword });
  });

  test('puts a fragment behind the 220 without a line end', () => {
    const fragment = { code: 250, text: { kind: 'auth', mechanisms: ['PLAIN'] }, blank: true } as const;
    const script: Script = {
      errand: {},
      before: [],
      upgrade: { ...CLEAN, glued: { lines: [], fragment } },
      after: [],
    };
    expect(spell(script, speech).upgrade.send).toBe('220 Go on\r\n250 AUTH PLAIN ');
    expect(isClean(script.upgrade)).toBe(false);
  });
});
