/**
 * Finding about a client → what a reproducer looks for in what the client says, in words that hold whoever runs it:
 * a pattern, not addresses. Pure.
 */

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

const word = (text: string): string => text.replace(/[^A-Za-z0-9]/g, '\\$&');

/** Undefined where what the client says does not tell, such as the way in which it ends. */
export function lookForClient(signature: string): ClientLook | CircleLook | undefined {
  if (signature === 'endless') return { most: 100 };
  const plaintext = /^(?:plaintext|too soon) ([a-z-]+)/i.exec(signature)?.[1];
  if (plaintext !== undefined) return { secure: false, pattern: `^${verbOf(plaintext)}\\b` };
  if (/^certificate /.test(signature)) return { secure: true, pattern: '^(?!QUIT\\b)' };
  if (signature === 'STARTTLS in TLS') return { secure: true, pattern: '^STARTTLS\\b' };
  if (signature === 'first no greeting')
    return { secure: true, pattern: '^(?!(?:EHLO|HELO|LHLO|QUIT)\\b)', first: true };
  const early = /^([A-Z-]+) early$/.exec(signature)?.[1];
  if (early !== undefined) return { secure: true, pattern: `^${verbOf(early)}\\b`, early: true };
  const instead = /^(\S+) for (\S+)$/.exec(signature);
  if (instead !== null) return lookInstead(instead[1] ?? '', instead[2] ?? '');
  return lookForWords(signature);
}

const verbOf = (name: string): string => word(name.replace('-last', ''));

function lookInstead(used: string, fresh: string): ClientLook | undefined {
  if (/^[A-Z-]+$/.test(used)) return { secure: true, pattern: `^${verbOf(used)}\\b` };
  if (used === 'nothing' && /^[A-Z-]+$/.test(fresh))
    return { secure: true, pattern: `^${verbOf(fresh)}\\b`, absent: true };
  return undefined;
}

/** `MAIL +SIZE -BODY`: a parameter too many, or one that is missing. */
function lookForWords(signature: string): ClientLook | undefined {
  const [verb = '', ...changes] = signature.split(' ');
  const more = changes.find(change => change.startsWith('+'))?.slice(1);
  const less = changes.find(change => change.startsWith('-'))?.slice(1);
  if (!/^[A-Z-]+$/.test(verb)) return undefined;
  if (more !== undefined) return { secure: true, pattern: `^${verbOf(verb)}\\b.*\\s${word(more)}` };
  return less === undefined
    ? undefined
    : { secure: true, pattern: `^${verbOf(verb)}\\b(?!.*\\s${word(less)})` };
}
