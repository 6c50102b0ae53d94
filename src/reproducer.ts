/**
 * Finding → a script of one file that shows it without afresh, for the people who maintain the server.
 *
 * The scripts stand in `reproducer/`, real programs; this file puts another case in the place of their sample, and
 * their parts into one file. It decides what is said and what to look for, as plain data that a maintainer can read and
 * edit; how that is sent and judged is the affair of the scripts. Pure, but for reading them once.
 */

import { readFileSync } from 'node:fs';
import type { Deviation } from './claim.ts';
import { isPlaintextControlled, type Look, lookFor } from './reproducer/look.ts';
import { type PlayedRun, playedRun } from './reproducer/spelled.ts';
import { type Baseline, fresh, type Scenario } from './scenario.ts';
import { cited, type Requirement } from './smtp/requirements.ts';
import type { Speech } from './spell.ts';

export interface ReproducerSubject extends Omit<Speech, 'nonce'> {
  readonly summary: string;
  readonly requirement: Requirement;
  readonly scenario: Scenario;
  readonly baseline: Baseline;
  /** Where the finding was seen; the defaults of the script's arguments. */
  readonly host?: string;
  readonly port?: number;
  readonly deviation: Pick<Deviation, 'claim' | 'step' | 'used' | 'fresh' | 'signature' | 'proof'>;
  readonly protocol: 'smtp' | 'lmtp';
  /** Rounds to play at most until it shows; more than one for a race. */
  readonly rounds: number;
}

export type ReproducerKind = 'mjs' | 'py';

/** What a script reads: the two runs, and what to look for in them. */
interface Case {
  readonly summary: string;
  /** Where the rule stands. */
  readonly requirement: string;
  readonly host?: string;
  readonly port?: number;
  readonly repeat?: number;
  /** LMTP answers once for each recipient behind the message. */
  readonly lmtp?: true;
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
    cited(subject.requirement),
    `Seen: ${subject.deviation.used}. Expected: ${subject.deviation.fresh}.`,
  ].map(line => `${comment} ${commented(line)}`);
  // In JSON no three quotation marks stand in a row.
  const constant = kind === 'mjs' ? `const CASE = ${data};` : `CASE = json.loads(r"""\n${data}\n""")`;
  return SCRIPTS[kind].replace(SAMPLE, () => [...head, constant].join('\n'));
}

/** A part of a script with the parts that it imports in the place of the imports. */
function whole(folder: string, file: string): string {
  return readFileSync(new URL(`./reproducer/${folder}/${file}`, import.meta.url), 'utf8')
    .replace(/^import \{.*\} from '\.\/(.*)';$/gm, (_, part: string) => `\n${whole(folder, part)}`)
    .replace(/^from (peer|play|judge) import .*$/gm, (_, part: string) => `\n${whole(folder, `${part}.py`)}`)
    .replace(/^export /gm, '');
}

const SCRIPTS: Readonly<Record<ReproducerKind, string>> = {
  mjs: whole('node', 'main.mjs'),
  py: whole('python', 'main.py'),
};

/** The lines between which a script keeps its sample. */
const SAMPLE = /^[^\n]* <case>\n.*^[^\n]* <\/case>$/ms;

function caseOf(subject: ReproducerSubject): Case {
  const { summary, requirement, scenario, baseline, host, port, deviation, rounds, protocol } = subject;
  const clean = fresh(scenario, baseline);
  const used = playedRun(scenario, clean.before, subject);
  return {
    summary: straight(summary),
    requirement: requirement.source,
    ...(host === undefined ? {} : { host }),
    ...(port === undefined ? {} : { port }),
    ...(rounds === 1 ? {} : { repeat: rounds }),
    ...(protocol === 'lmtp' ? { lmtp: true } : {}),
    look: lookFor(deviation, used),
    used,
    fresh: isPlaintextControlled(deviation)
      ? { before: [], after: used.after }
      : playedRun(clean, clean.before, subject),
  };
}

/** Text for a comment. It may hold a server's words, and must not end the line, or hide anything. */
export const commented = (text: string): string => straight(text).replace(/[^ -~]/g, escaped);

const straight = (text: string): string => text.replaceAll('’', "'");

const escaped = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;

const WIDTH = 100;

/** JSON in plain ASCII; what fits on a line stands on one. */
export function laidOut(value: unknown, indent: string): string {
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
