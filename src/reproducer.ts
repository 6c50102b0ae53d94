/**
 * Finding → a script of one file that shows it without afresh, for the people who maintain the server.
 *
 * The scripts are the players in `reproducer/`, real programs; this file puts another case in the place of their
 * sample. It decides what is said and what to look for, as plain data that a maintainer can read and edit; how that
 * is sent and judged is the players' affair. Pure, but for reading the players once.
 */

import { readFileSync } from 'node:fs';
import type { Deviation } from './claim.ts';
import { type Look, lookFor } from './reproducer/look.ts';
import { type PlayedRun, playedRun, playedSteps } from './reproducer/spelled.ts';
import { type Baseline, fresh, type Scenario } from './scenario.ts';
import type { Requirement } from './smtp/requirements.ts';
import type { Speech } from './spell.ts';

export interface ReproducerSubject extends Omit<Speech, 'nonce'> {
  readonly summary: string;
  readonly requirement: Pick<Requirement, 'source' | 'text'>;
  readonly scenario: Scenario;
  readonly baseline: Baseline;
  /** Where the finding was seen; the defaults of the script's arguments. */
  readonly host?: string;
  readonly port?: number;
  readonly deviation: Pick<Deviation, 'step' | 'used' | 'fresh' | 'signature' | 'proof'>;
  readonly protocol: 'smtp' | 'lmtp';
  /** Rounds to play at most until it shows; more than one for a race. */
  readonly rounds: number;
}

export type ReproducerKind = 'mjs' | 'py';

/** What a player reads: the two runs, and what to look for in them. */
interface Case {
  readonly summary: string;
  readonly requirement: { readonly source: string; readonly text: string };
  readonly host?: string;
  readonly port?: number;
  readonly repeat?: number;
  /** LMTP answers once for each recipient behind the message. */
  readonly lmtp?: true;
  readonly expected: string;
  readonly look: Look;
  readonly used: PlayedRun;
  readonly fresh: PlayedRun;
}

/** The text of the script. */
export function reproducer(kind: ReproducerKind, subject: ReproducerSubject): string {
  const data = laidOut(caseOf(subject), '');
  const comment = kind === 'mjs' ? '//' : '#';
  const head = [
    `${subject.summary}`,
    `${subject.requirement.source}: "${subject.requirement.text}"`,
    `Seen: ${subject.deviation.used}. Expected: ${subject.deviation.fresh}.`,
  ].map(line => `${comment} ${printable(line)}`);
  // In JSON no three quotation marks stand in a row.
  const constant = kind === 'mjs' ? `const CASE = ${data};` : `CASE = json.loads(r"""\n${data}\n""")`;
  return PLAYERS[kind].replace(SAMPLE, () => [...head, constant].join('\n'));
}

/** A part of a player with the parts that it imports in the place of the imports. */
function whole(file: string): string {
  return readFileSync(new URL(`./reproducer/${file}`, import.meta.url), 'utf8')
    .replace(/^import \{.*\} from '\.\/(.*)';$/gm, (_, part: string) => `\n${whole(part)}`)
    .replace(/^from (peer|play|judge) import .*$/gm, (_, part: string) => `\n${whole(`${part}.py`)}`)
    .replace(/^export /gm, '');
}

const PLAYERS: Readonly<Record<ReproducerKind, string>> = {
  mjs: whole('player.mjs'),
  py: whole('player.py'),
};

/** The lines between which a player keeps its sample. */
const SAMPLE = /^[^\n]* <case>\n.*^[^\n]* <\/case>$/ms;

function caseOf(subject: ReproducerSubject): Case {
  const { summary, requirement, scenario, baseline, host, port, deviation, rounds } = subject;
  const clean = fresh(scenario, baseline);
  const used = playedRun(scenario, clean.before, subject);
  const look = lookFor(deviation, used);
  const alone = look.for === 'answer' && look.plain !== undefined;
  return {
    summary: straight(summary),
    requirement: { source: requirement.source, text: straight(requirement.text) },
    ...(host === undefined ? {} : { host }),
    ...(port === undefined ? {} : { port }),
    ...(rounds === 1 ? {} : { repeat: rounds }),
    ...(subject.protocol === 'lmtp' ? { lmtp: true } : {}),
    expected: deviation.fresh,
    look,
    used,
    fresh: alone
      ? { before: playedSteps('before', scenario.after.slice(look.step, look.step + 1), subject), after: [] }
      : playedRun(clean, clean.before, subject),
  };
}

/** Text for a comment. It may hold a server's words, and must not end the line, or hide anything. */
const printable = (text: string): string => straight(text).replace(/[^ -~]/g, escaped);

const straight = (text: string): string => text.replaceAll('’', "'");

const escaped = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;

const WIDTH = 100;

/** JSON in plain ASCII; what fits on a line stands on one. */
function laidOut(value: unknown, indent: string): string {
  if (typeof value !== 'object' || value === null)
    return (JSON.stringify(value) ?? 'null').replace(/[^ -~]/g, escaped);
  const inner = `${indent}  `;
  const parts = Array.isArray(value)
    ? value.map(part => laidOut(part, inner))
    : Object.entries(value).map(([key, part]) => `${JSON.stringify(key)}: ${laidOut(part, inner)}`);
  const [open, close] = Array.isArray(value) ? '[]' : '{}';
  const line = parts.join(', ');
  if (line.length + indent.length < WIDTH && !line.includes('\n'))
    return open === '[' || line === '' ? `${open}${line}${close}` : `${open} ${line} ${close}`;
  return `${open}\n${parts.map(part => inner + part).join(',\n')}\n${indent}${close}`;
}
