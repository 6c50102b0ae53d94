/**
 * The manners of the servers that the model stands for: what they ask for before they take a command.
 *
 * Pure. Which of them explains what a target showed is found out in `explain.ts`.
 */

import type { TargetFacts } from '../claim.ts';
import type { Scenario } from '../scenario.ts';
import { parsePath } from '../smtp/command.ts';
import { type Event, phaseOf } from '../smtp/machine.ts';
import { type Behaviour, SOUND } from '../targets/reference/behaviour.ts';

/**
 * What a server insists on a greeting for: MAIL and AUTH, MAIL alone, or nothing; and whether AUTH, and parameters of MAIL,
 * are refused behind HELO, and whatever is no chunk while a message comes in chunks. All are in use. What a proxy forwards
 * any of them takes at once: a target that does not has nothing to keep of it.
 */
export type Manners = 'strict' | 'auth-at-once' | 'lenient' | 'plain-helo' | 'chunks-only';

export const mannersOf = ({ refusedUngreeted }: TargetFacts, { before }: Scenario): readonly Manners[] => [
  'strict',
  // What the target is known to refuse it does not take at once, whatever is kept.
  ...(refusedUngreeted.includes('auth') ? [] : (['auth-at-once'] as const)),
  ...(refusedUngreeted.includes('mail') ? [] : (['lenient'] as const)),
  ...(before.some(({ kind }) => kind === 'helo') ? (['plain-helo'] as const) : []),
  ...(before.some(({ kind }) => kind === 'bdat') ? (['chunks-only'] as const) : []),
];

const AT_ONCE: Readonly<Record<Manners, ReadonlySet<Event>>> = {
  strict: new Set(),
  'auth-at-once': new Set<Event>(['auth']),
  lenient: new Set<Event>(['auth', 'mail']),
  'plain-helo': new Set(),
  'chunks-only': new Set(),
};

/** What is taken between two chunks by a server that takes little. */
const BETWEEN_CHUNKS = /^(?:bdat|bdat-last|rset|noop|quit|starttls)$/;
const IN_CHUNKS = { code: 503, enhanced: '5.5.1', lines: ['More chunks are due'] } as const;

const NOT_BEHIND_HELO = { code: 555, enhanced: '5.5.4', lines: ['Not behind HELO'] } as const;

const hasParameters = (argument: string): boolean =>
  Object.keys(parsePath(argument, 'FROM')?.parameters ?? {}).length > 0;

export const behaving = (manners: Manners): Behaviour => ({
  ...SOUND,
  judge: (event, argument, { session }) => {
    const isAtOnce = event === 'xforward' || AT_ONCE[manners].has(event);
    if (isAtOnce && phaseOf(session) === 'start') return 'allow';
    if (manners === 'chunks-only' && session.chunks !== undefined && !BETWEEN_CHUNKS.test(event))
      return IN_CHUNKS;
    const isExtended = event === 'auth' || (event === 'mail' && hasParameters(argument));
    const isHelo = manners === 'plain-helo' && session.greeting?.verb === 'HELO';
    return isHelo && isExtended ? NOT_BEHIND_HELO : 'sound';
  },
});
