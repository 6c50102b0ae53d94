/**
 * The inputs of the machine that is learned, as steps; and what a transcript says was put out to each of them.
 *
 * An output is what a client can tell a state by: the codes of the replies, and of EHLO which extensions there are. Texts and
 * parameters vary too freely for a machine of few states.
 */

import type { Probed } from '../probe.ts';
import { BARE, type Scenario, type Step, type Upgrade } from '../scenario.ts';
import type { Reply } from '../smtp/reply.ts';
import { type Part, repliesTo, type Transcript } from '../transcript.ts';
import type { Output, Word } from './mealy.ts';

/** STARTTLS, and the handshake behind its 220. */
export const STARTTLS = 'starttls';

/** The server has ended the session: nothing more is put out, whatever is put in. */
export const ENDED = 'ended';
export const SILENT = 'silence';
export const isOver = (output: Output): boolean => output.endsWith(ENDED) || output.endsWith(SILENT);

/** Whether this is put out to a STARTTLS that is taken. */
export const isTaken = (output: Output): boolean => output.startsWith('220') && !isOver(output);

const STEPS = {
  helo: { kind: 'helo', name: 'a' },
  ehlo: { kind: 'ehlo', name: 'a' },
  mail: { kind: 'mail', from: 'b' },
  rcpt: { kind: 'rcpt', to: 'c' },
  data: { kind: 'data', body: 'plain', token: 'd' },
  bdat: { kind: 'bdat', body: 'plain', token: 'd' },
  rset: { kind: 'rset' },
  noop: { kind: 'noop' },
  vrfy: { kind: 'vrfy', argument: 'c' },
  auth: { kind: 'auth', mechanism: 'PLAIN', answer: 'right', user: 'e', initial: true },
  'auth-wrong': { kind: 'auth', mechanism: 'PLAIN', answer: 'wrong', user: 'e', initial: true },
  xclient: { kind: 'xclient', attribute: 'NAME', value: 'f' },
  [STARTTLS]: { kind: 'starttls' },
} as const satisfies Readonly<Record<string, Step>>;

export type Letter = keyof typeof STEPS;
export const LETTERS = Object.keys(STEPS) as readonly Letter[];

/**
 * What makes up a session. HELO and chunks would have twice as many states, and a slow target would never come to its end;
 * who has the time adds them. A login that is not known is refused in every state.
 */
export const usualLetters = ({ facts, offeredInTls }: Probed): readonly Letter[] => [
  'ehlo',
  'mail',
  'rcpt',
  'data',
  'rset',
  ...(facts.loginKnown && [...facts.offered, ...offeredInTls].includes('AUTH') ? (['auth'] as const) : []),
  STARTTLS,
];

/**
 * What clients do as a rule, with STARTTLS at each point of it and all of it once more in TLS: asked first, lest the machine is
 * so small in the beginning that little seems to be left to find.
 */
export function sessions(inputs: Word): readonly Word[] {
  const known = (word: Word): Word => word.filter(input => inputs.includes(input));
  return (['ehlo', 'helo'] as const).flatMap(greeting => {
    const session = known([greeting, 'auth', 'mail', 'rcpt', 'bdat', 'data']);
    return [...session, STARTTLS].map((_, at) => [...session.slice(0, at), STARTTLS, ...session]);
  });
}

const stepOf = (input: string): Step => STEPS[input as Letter];

/** The scenario of a word, and where each of its inputs stands in it. */
export interface Played {
  readonly word: Word;
  readonly scenario: Scenario;
  readonly places: readonly (readonly [part: Part, step: number])[];
  /** The index of the input that begins TLS; where none does, the connection is ended behind the word. */
  readonly upgrade: number;
}

/** A client that has said all that it wanted: the connection ends where a handshake would begin. */
const LEAVING: Upgrade = { handshake: { kind: 'failed', how: 'fin' } };

/**
 * `refused` are the STARTTLS of the word, by their index, that are known to be refused: there no TLS begins. The first of the
 * others is the upgrade, and those in TLS are commands like any other.
 */
export function played(word: Word, refused: ReadonlySet<number>): Played {
  const upgrade = word.findIndex((input, index) => input === STARTTLS && !refused.has(index));
  const [before, after] = upgrade < 0 ? [word, []] : [word.slice(0, upgrade), word.slice(upgrade + 1)];
  return {
    word,
    scenario: {
      before: before.map(stepOf),
      upgrade: upgrade < 0 ? LEAVING : BARE,
      after: after.map(stepOf),
    },
    places: word.map((_, index) => {
      if (upgrade < 0 || index < upgrade) return ['before', index] as const;
      return index === upgrade ? (['upgrade', 0] as const) : (['after', index - upgrade - 1] as const);
    }),
    upgrade,
  };
}

/** The outputs that a transcript shows, up to the first STARTTLS that was refused where TLS was to begin. */
export function putOut({ word, places, upgrade }: Played, transcript: Transcript): readonly Output[] {
  const outputs: Output[] = [];
  for (const [index, [part, step]] of places.entries()) {
    if (outputs.some(isOver)) {
      outputs.push(ENDED);
      continue;
    }
    outputs.push(outputAt(transcript, part, step, word[index] === 'ehlo'));
    if (index === upgrade && transcript.upgrade === 'refused') break;
    if (index === upgrade && transcript.upgrade !== 'secure') outputs[index] = `${outputs[index]} ${ENDED}`;
  }
  return outputs;
}

function outputAt(transcript: Transcript, part: Part, step: number, isGreeting: boolean): Output {
  const replies = repliesTo(transcript, part, step);
  const said = replies.map(reply => {
    if (reply.kind === 'malformed') return 'malformed';
    return isGreeting && reply.code === 250 ? `${reply.code} ${keywords(reply)}` : `${reply.code}`;
  });
  // LMTP answers a message once for each recipient (RFC 2033, section 4.2): how many there were is no state to be learned.
  const once = said.filter((output, index) => output !== said[index - 1]);
  const ending = transcript.entries.find(
    entry =>
      entry.part === part && entry.step === step && (entry.kind === 'ended' || entry.kind === 'silence'),
  );
  if (ending?.kind === 'silence') return [...once, SILENT].join(' ');
  const isEnded = ending !== undefined || replies.length === 0;
  return [...once, ...(isEnded ? [ENDED] : [])].join(' ');
}

/** The extensions of a list, without their parameters, in the order of their names. */
const keywords = ({ lines }: Reply): string => {
  const all = lines.slice(1).map(line => line.trim().split(/[ =]/, 1)[0]?.toUpperCase() ?? '');
  return [...new Set(all)]
    .filter(keyword => keyword !== '')
    .sort()
    .join(',');
};
