/**
 * Finding about a client → what a reproducer looks for in what the client says, in words that hold whoever runs it:
 * a pattern, not addresses. Pure.
 */

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

/** Undefined where what the client says does not tell, such as the way in which it ends. */
export function lookForClient(signature: string): ClientLook | CircleLook | undefined {
  const effect = effectOf(signature);
  switch (effect.kind) {
    case 'endless':
      return { most: 100 };
    case 'plaintext':
    case 'before STARTTLS':
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
      return lookInstead(effect);
    case 'more':
      return { secure: true, pattern: `${command(effect.verb)}.*\\s${literal(effect.word)}` };
    case 'less':
      return { secure: true, pattern: `${command(effect.verb)}(?!.*\\s${literal(effect.word)})` };
    default:
      return undefined;
  }
}

/** Parts of a message, and the ways in which a client ends, are no commands. */
const isCommand = (name: string): boolean => /^[A-Z-]+$/.test(name);

function lookInstead({ used, fresh }: Extract<Effect, { kind: 'instead' }>): ClientLook | undefined {
  if (isCommand(used)) return { secure: true, pattern: command(used) };
  return used === 'nothing' && isCommand(fresh)
    ? { secure: true, pattern: command(fresh), absent: true }
    : undefined;
}

/** `BDAT-LAST` is what BDAT is called with its word LAST. */
function command(name: string): string {
  const [verb = '', last] = name.split(/-(?=last$)/i);
  return `^${literal(verb)}\\b${last === undefined ? '' : '.*\\bLAST\\b'}`;
}

const literal = (text: string): string => text.replace(/[^A-Za-z0-9]/g, '\\$&');
