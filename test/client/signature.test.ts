import { describe, expect, test } from 'vitest';
import { lookForClient } from '../../src/client/look.ts';
import { type Effect, effectOf, signatureOf } from '../../src/client/signature.ts';

const EFFECTS: readonly (readonly [Effect, string])[] = [
  [{ kind: 'instead', used: 'HELO', fresh: 'nothing' }, 'HELO for nothing'],
  [{ kind: 'more', verb: 'MAIL', word: 'SIZE' }, 'MAIL +SIZE'],
  [{ kind: 'less', verb: 'MAIL', word: 'BODY' }, 'MAIL -BODY'],
  [{ kind: 'early', verb: 'RCPT' }, 'RCPT early'],
  [{ kind: 'late', verb: 'RCPT' }, 'RCPT late'],
  [{ kind: 'certificate', certificate: 'wrong-name' }, 'certificate wrong-name'],
  [{ kind: 'plaintext', verb: 'MAIL' }, 'plaintext MAIL'],
  [{ kind: 'before STARTTLS', verb: 'MAIL' }, 'plaintext MAIL before STARTTLS'],
  [{ kind: 'after TLS', verb: 'MAIL' }, 'plaintext MAIL after TLS'],
  [{ kind: 'given away', verb: 'EHLO' }, 'given away in EHLO'],
  [{ kind: 'too soon', verb: 'mail' }, 'too soon mail'],
  [{ kind: 'no greeting' }, 'first no greeting'],
  [{ kind: 'STARTTLS' }, 'STARTTLS in TLS'],
  [{ kind: 'endless' }, 'endless'],
  [{ kind: 'other', text: 'late in silence' }, 'late in silence'],
];

describe('a signature tells its effect and nothing else', () => {
  test.each(EFFECTS)('%j is spelled "%s"', (effect, text) => {
    expect(signatureOf(effect)).toBe(text);
  });
  test.each(EFFECTS)('%j is read back from "%s"', (effect, text) => {
    expect(effectOf(text)).toEqual(effect);
  });
});

describe('a script looks for the effect in what the client says', () => {
  const finds = (signature: string, line: string): boolean => {
    const look = lookForClient(signature);
    return look !== undefined && 'pattern' in look && new RegExp(look.pattern, 'i').test(line);
  };
  test.each([
    ['HELO for nothing', 'HELO me', 'EHLO me'],
    ['BDAT-LAST for DATA', 'BDAT 12 LAST', 'BDAT 12'],
    ['too soon bdat', 'BDAT 12', 'DATA'],
    ['MAIL +SIZE', 'MAIL FROM:<a@b> SIZE=1', 'MAIL FROM:<a@b>'],
    ['MAIL -SIZE', 'MAIL FROM:<a@b>', 'MAIL FROM:<a@b> SIZE=1'],
    ['certificate expired', 'EHLO me', 'QUIT'],
  ])('%s: "%s" shows it, and "%s" does not', (signature, shows, not) => {
    expect(finds(signature, shows)).toBe(true);
    expect(finds(signature, not)).toBe(false);
  });
  test('a login tells by its mechanism, and not at all where TLS offers that, too', () => {
    const look = (mechanisms: readonly string[]) =>
      lookForClient('AUTH for MAIL', { used: 'AUTH LOGIN', mechanisms, nonce: '' });
    expect(look(['PLAIN'])).toEqual({ secure: true, pattern: '^AUTH\\b\\s+LOGIN\\b' });
    expect(look(['PLAIN', 'LOGIN'])).toBeUndefined();
  });
  test('what each session says tells nothing, but that another command is missing before it does', () => {
    expect(lookForClient('MAIL for AUTH')).toEqual({ secure: true, pattern: '^AUTH\\b', absent: true });
    expect(lookForClient('RSET for MAIL')).toEqual({ secure: true, pattern: '^RSET\\b' });
    expect(lookForClient('DATA for RCPT')).toBeUndefined();
  });
  test('a name of the server is looked for as the script says it, and one of the user is any word', () => {
    const found = (word: string, line: string): boolean => {
      const look = lookForClient(`NOOP +${word}`, { used: '', mechanisms: [], nonce: 'ztoken' });
      return look !== undefined && 'pattern' in look && new RegExp(look.pattern, 'i').test(line);
    };
    expect(found('<a>.example', 'NOOP ztokena.example')).toBe(true);
    expect(found('<a>.example', 'NOOP server.example')).toBe(false);
    expect(found('<t>@recipient.example', 'NOOP b@recipient.example')).toBe(true);
  });
  test.each(['late in silence', 'code 1 for code 0', '1 for 0'])('%s is not to be seen there', signature => {
    expect(lookForClient(signature)).toBeUndefined();
  });
});
