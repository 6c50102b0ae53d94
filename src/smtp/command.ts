/**
 * SMTP command lines, as a server reads them (RFC 5321, section 4.1.1).
 *
 * Pure: a line goes in, an event of the machine and its argument come out. Leniency follows what servers in use
 * do: verbs in any case, blanks around and between words taken as one.
 */

import type { Event } from './machine.ts';

export interface Command {
  readonly event: Event;
  readonly argument: string;
}

const VERBS: ReadonlySet<string> = new Set<Event>([
  'helo',
  'ehlo',
  'lhlo',
  'mail',
  'rcpt',
  'data',
  'bdat',
  'rset',
  'noop',
  'vrfy',
  'expn',
  'help',
  'quit',
  'auth',
  'starttls',
  'xclient',
  'xforward',
]);

const isVerb = (word: string): word is Event => VERBS.has(word);

export function parseCommand(line: string): Command {
  const text = line.trim();
  const blank = text.search(/[ \t]/);
  const verb = (blank < 0 ? text : text.slice(0, blank)).toLowerCase();
  const argument = blank < 0 ? '' : text.slice(blank).trim();
  if (!isVerb(verb)) return { event: 'unknown', argument: text };
  if (verb === 'bdat' && /\sLAST$/i.test(argument)) return { event: 'bdat-last', argument };
  return { event: verb, argument };
}

const PATHS = { FROM: /^FROM:\s*<([^>\s]*)>(?:\s+(.*))?$/i, TO: /^TO:\s*<([^>\s]*)>(?:\s+(.*))?$/i } as const;

/** `FROM:<address> KEY=value …`: the address and the ESMTP parameters, or undefined if that is no path. */
export function parsePath(
  argument: string,
  keyword: 'FROM' | 'TO',
): { readonly address: string; readonly parameters: Readonly<Record<string, string>> } | undefined {
  const match = PATHS[keyword].exec(argument);
  if (match === null) return undefined;
  const parameters: Record<string, string> = {};
  for (const word of (match[2] ?? '').split(/\s+/)) {
    if (word === '') continue;
    const equals = word.indexOf('=');
    parameters[(equals < 0 ? word : word.slice(0, equals)).toUpperCase()] =
      equals < 0 ? '' : word.slice(equals + 1);
  }
  return { address: match[1] ?? '', parameters };
}
