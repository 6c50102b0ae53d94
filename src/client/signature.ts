/**
 * What a client does that it should not, as data and as the one line of text by which findings and corpus files know it
 * again. The only place that knows how such a line is laid out. Pure.
 */

/** Verbs are as a reader knows them: `MAIL`, `BDAT-LAST`, and places of a message. */
export type Effect =
  /** Something else is done than on a plain connection; `nothing` is an end. */
  | { readonly kind: 'instead'; readonly used: string; readonly fresh: string }
  /** A word too many in a command, or too few. */
  | { readonly kind: 'more' | 'less'; readonly verb: string; readonly word: string }
  /** It comes before the answer to what stands before it, or no more. */
  | { readonly kind: 'early' | 'late'; readonly verb: string }
  /** What a certificate is, with which the client goes on. */
  | { readonly kind: 'certificate'; readonly certificate: string }
  /** `after TLS`: it was on, and in use. `given away`: in a command that anybody may send. */
  | {
      readonly kind: 'plaintext' | 'before STARTTLS' | 'after TLS' | 'given away' | 'too soon';
      readonly verb: string;
    }
  | { readonly kind: 'no greeting' | 'STARTTLS' | 'endless' }
  /** Of which no more is made than that it is the same or not. */
  | { readonly kind: 'other'; readonly text: string };

/** What is said in place of the ClientHello has no verb. */
export const STRAY: Effect = { kind: 'other', text: 'speaks in plaintext behind STARTTLS' };

export function signatureOf(effect: Effect): string {
  switch (effect.kind) {
    case 'instead':
      return `${effect.used} for ${effect.fresh}`;
    case 'more':
      return `${effect.verb} +${effect.word}`;
    case 'less':
      return `${effect.verb} -${effect.word}`;
    case 'early':
    case 'late':
      return `${effect.verb} ${effect.kind}`;
    case 'certificate':
      return `certificate ${effect.certificate}`;
    case 'plaintext':
      return `plaintext ${effect.verb}`;
    case 'before STARTTLS':
      return `plaintext ${effect.verb} before STARTTLS`;
    case 'after TLS':
      return `plaintext ${effect.verb} after TLS`;
    case 'given away':
      return `given away in ${effect.verb}`;
    case 'too soon':
      return `too soon ${effect.verb}`;
    case 'no greeting':
      return 'first no greeting';
    case 'STARTTLS':
      return 'STARTTLS in TLS';
    case 'endless':
      return 'endless';
    case 'other':
      return effect.text;
  }
}

/** Which effect a signature tells of; the inverse of `signatureOf`. */
export function effectOf(signature: string): Effect {
  for (const [form, read] of FORMS) {
    const [whole, one = '', two = ''] = form.exec(signature) ?? [];
    if (whole !== undefined) return read(one, two);
  }
  return { kind: 'other', text: signature };
}

/** The narrower forms first. */
const FORMS: readonly (readonly [RegExp, (one: string, two: string) => Effect])[] = [
  [/^endless$/, () => ({ kind: 'endless' })],
  [/^first no greeting$/, () => ({ kind: 'no greeting' })],
  [/^STARTTLS in TLS$/, () => ({ kind: 'STARTTLS' })],
  [/^certificate (\S+)$/, certificate => ({ kind: 'certificate', certificate })],
  [/^plaintext (\S+) before STARTTLS$/, verb => ({ kind: 'before STARTTLS', verb })],
  [/^plaintext (\S+) after TLS$/, verb => ({ kind: 'after TLS', verb })],
  [/^plaintext (\S+)$/, verb => ({ kind: 'plaintext', verb })],
  [/^given away in (\S+)$/, verb => ({ kind: 'given away', verb })],
  [/^too soon (\S+)$/, verb => ({ kind: 'too soon', verb })],
  [/^(\S+) for (\S+)$/, (used, fresh) => ({ kind: 'instead', used, fresh })],
  [/^(\S+) \+(.+)$/s, (verb, word) => ({ kind: 'more', verb, word })],
  [/^(\S+) -(.+)$/s, (verb, word) => ({ kind: 'less', verb, word })],
  [/^(\S+) (early|late)$/, (verb, pace) => ({ kind: pace === 'early' ? 'early' : 'late', verb })],
];
