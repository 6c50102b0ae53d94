/**
 * Finding about a client → what a reproducer looks for in what the client says, in words that hold whoever runs it:
 * a pattern, not addresses. Pure.
 */

import { Name } from './offer.ts';
import { type Effect, effectOf } from './signature.ts';

/** A line in TLS or in plaintext that a pattern matches; `absent` where the lack of it is the point. */
export interface ClientLook {
  readonly secure: boolean;
  /** A regular expression, read by Node and by Python, without regard to case. */
  readonly pattern: string;
  readonly absent?: true;
  /** Only the first line counts, or only one that came before the answer to what stands before it. */
  readonly first?: true;
  readonly early?: true;
}

/** More commands than this are a circle. */
export interface CircleLook {
  readonly most: number;
}

/** What there is to know of a finding beside its signature. */
export interface LookedAt {
  /** What the client said, as the finding tells it. */
  readonly used: string;
  /** The mechanisms that TLS offers: with one of those anybody may log in. */
  readonly mechanisms: readonly string[];
  /** What stands for the nonce in what the server says. */
  readonly nonce: string;
}

const NOTHING_MORE: LookedAt = { used: '', mechanisms: [], nonce: '' };

/** Undefined where what the client says does not tell, such as the way in which it ends. */
export function lookForClient(
  signature: string,
  lookedAt: LookedAt = NOTHING_MORE,
): ClientLook | CircleLook | undefined {
  const effect = effectOf(signature);
  switch (effect.kind) {
    case 'endless':
      return { most: 100 };
    case 'plaintext':
    case 'before STARTTLS':
    case 'after TLS':
    case 'too soon':
      return { secure: false, pattern: command(effect.verb) };
    case 'certificate':
      return { secure: true, pattern: '^(?!QUIT\\b)' };
    case 'STARTTLS':
      return { secure: true, pattern: command('STARTTLS') };
    case 'no greeting':
      return { secure: true, pattern: '^(?!(?:EHLO|HELO|LHLO|QUIT)\\b)', first: true };
    case 'early':
      return { secure: true, pattern: command(effect.verb), early: true };
    case 'instead':
      return lookInstead(effect, lookedAt);
    case 'more':
      return { secure: true, pattern: `${command(effect.verb)}.*\\s${spoken(effect.word, lookedAt)}` };
    case 'less':
      return { secure: true, pattern: `${command(effect.verb)}(?!.*\\s${spoken(effect.word, lookedAt)})` };
    default:
      return undefined;
  }
}

/** Parts of a message, and the ways in which a client ends, are no commands. */
const isCommand = (name: string): boolean => /^[A-Z-]+$/.test(name);

/** Said in each session that comes to its end: not this tells of a fault, but what is missing before it. */
const USUAL = new Set(['EHLO', 'MAIL', 'RCPT', 'DATA', 'QUIT']);

function lookInstead(
  { used, fresh }: Extract<Effect, { kind: 'instead' }>,
  lookedAt: LookedAt,
): ClientLook | undefined {
  if (used === 'AUTH') return lookForLogin(lookedAt);
  if (isCommand(used) && !USUAL.has(used)) return { secure: true, pattern: command(used) };
  const isMissing = used === 'nothing' || !USUAL.has(fresh);
  return isMissing && isCommand(fresh) && (used === 'nothing' || isCommand(used))
    ? { secure: true, pattern: command(fresh), absent: true }
    : undefined;
}

/** By its mechanism: another one may be what TLS offers. */
function lookForLogin({ used, mechanisms }: LookedAt): ClientLook | undefined {
  const [, mechanism = ''] = /^AUTH (\S+)/i.exec(used) ?? [];
  if (mechanisms.includes(mechanism.toUpperCase())) return undefined;
  return {
    secure: true,
    pattern: mechanism === '' ? command('AUTH') : `${command('AUTH')}\\s+${literal(mechanism)}\\b`,
  };
}

/** `BDAT-LAST` is what BDAT is called with its word LAST. */
function command(name: string): string {
  const [verb = '', last] = name.split(/-(?=last$)/i);
  return `^${literal(verb)}\\b${last === undefined ? '' : '.*\\bLAST\\b'}`;
}

/** Names that stand for tokens: the server's are known to whoever plays it, those of the client's user to nobody. */
const spoken = (word: string, { nonce }: LookedAt): string =>
  word
    .split(/<([a-z])>/)
    .map((part, at) =>
      at % 2 === 0 ? literal(part) : Name.safeParse(part).success ? literal(nonce + part) : '\\S*',
    )
    .join('');

const literal = (text: string): string => text.replace(/[^A-Za-z0-9]/g, '\\$&');
