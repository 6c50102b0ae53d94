/**
 * Scenario → what a script says: the text of each send, with tokens as `{a}`, readable and editable.
 *
 * The spelling itself is that of `spell.ts`, done with a nonce, a user and a password that nothing else contains, so
 * that they can be found again in the result, in base64 too: a script is pasted into bug reports, and must not hold a
 * password. Pure; the scripts in `node/` and `python/` are the only readers.
 */

import {
  type Glue,
  isPiped,
  isStarttlsPiped,
  type Scenario,
  type Step,
  type StepKind,
  type Upgrade,
} from '../scenario.ts';
import { CRLF, type Credentials, exchanges, glue, placeOf, type Speech, upgradeSegments } from '../spell.ts';

/**
 * One character a byte. `{a}` is the token of that letter, `{user}` and `{password}` are given when the script is run,
 * `{{` is a brace; a list holds parts that are repeated, sent in base64, or answer a challenge (RFC 2195).
 */
export type Text = string | Part | readonly Text[];
export type Part =
  | { readonly times: number; readonly of: Text }
  | { readonly base64: Text }
  | { readonly digest: readonly [user: Text, password: Text] };

export interface PlayedStep {
  readonly step: StepKind;
  readonly send?: Text;
  /** Sent only if the answer to what went before had this code. */
  readonly dialogue?: readonly { readonly on: number; readonly send: Text }[];
  /** The next step goes in the same segment. */
  readonly piped?: true;
  /** The last chunk of a message, which LMTP answers once for each recipient. */
  readonly last?: true;
  /** No reply is waited for. */
  readonly unanswered?: true;
  readonly pause?: number;
  readonly close?: 'close_notify' | 'fin';
}

export interface PlayedUpgrade {
  /** Sent first, in a segment of its own. */
  readonly first?: Text;
  readonly send: Text;
  readonly eager?: true;
  /** Sent in the segment of the last steps before it. */
  readonly piped?: true;
  /** Sent in a segment of its own, behind the 220. */
  readonly segment?: Text;
  /** Replies that may come ahead of the 220, to lines of `before` that end in a bare LF. */
  readonly skip?: number;
  readonly tls: '1.2' | '1.3';
  readonly sni?: true;
  readonly certificate?: true;
  /** The earlier connection whose TLS session is resumed. */
  readonly resumed?: PlayedRun;
  /** How the handshake is made to fail; `after` is then spoken in plaintext. */
  readonly fail?: string;
}

export interface PlayedRun {
  readonly before: readonly PlayedStep[];
  readonly upgrade?: PlayedUpgrade;
  readonly after: readonly PlayedStep[];
}

/** `earlier` is said before STARTTLS on a connection that only serves to get a TLS ticket. */
export function playedRun(
  { before, upgrade, after }: Scenario,
  earlier: readonly Step[],
  facts: Omit<Speech, 'nonce'>,
): PlayedRun {
  return {
    before: playedSteps('before', before, facts),
    upgrade: {
      ...playedUpgrade(upgrade, before, earlier, { ...facts, ...BLANKS }),
      ...(isStarttlsPiped({ before, upgrade }) ? { piped: true } : {}),
    },
    after: playedSteps('after', after, facts),
  };
}

/**
 * What is spelled in place of the words that only the script knows. The nonce has as many characters as those of the
 * scripts. The low bytes are rare too: they are what base64 takes.
 */
const BLANKS = { nonce: '\ue0ff'.repeat(8), user: '\ue0fe'.repeat(8), password: '\ue0fd'.repeat(8) } as const;
const NAMED: readonly (readonly [RegExp, string])[] = [
  [/[\ue0ff\xff]{8}([a-z])/g, '{$1}'],
  [/[\ue0fe\xfe]{8}/g, '{user}'],
  [/[\ue0fd\xfd]{8}/g, '{password}'],
];

function playedSteps(
  part: 'before' | 'after',
  steps: readonly Step[],
  facts: Omit<Speech, 'nonce'>,
): readonly PlayedStep[] {
  const speech = { ...facts, ...BLANKS };
  return steps.map((step, index) => ({
    ...playedStep(step, speech, placeOf(part, index)),
    ...(isPiped(step, steps[index + 1]) ? { piped: true } : {}),
  }));
}

function playedStep(step: Step, speech: Speech, place: string): PlayedStep {
  const { kind } = step;
  if (kind === 'pause') return { step: kind, pause: step.ms };
  if (kind === 'close') return { step: kind, close: step.how };
  const [first, ...rest] = exchanges(step, speech, place).map(exchange => ({
    on: exchange.on,
    send: 'send' in exchange ? text(step, exchange.send) : answer(exchange.digest),
  }));
  return {
    step: kind,
    send: first?.send ?? '',
    ...(rest.length > 0 ? { dialogue: rest.map(({ on, send }) => ({ on: on ?? 0, send })) } : {}),
    ...(kind === 'bdat' && step.last === true ? { last: true } : {}),
    ...(kind === 'bytes' ? { unanswered: true } : {}),
  };
}

function playedUpgrade(
  upgrade: Upgrade,
  before: readonly Step[],
  earlier: readonly Step[],
  speech: Speech,
): PlayedUpgrade {
  const { glued, segment, handshake, ...line } = upgrade;
  const segments = upgradeSegments({ ...line, handshake }, speech);
  const [first, starttls] = [segments.slice(0, -1).join(''), literal(segments.at(-1) ?? '')];
  const skip = before.flatMap(step => (step.kind === 'bytes' ? (step.bytes.match(/\n/g) ?? []) : [])).length;
  return {
    ...(first === '' ? {} : { first: literal(first) }),
    send: glued === undefined ? starttls : [starttls, ...gluedText(glued, speech)],
    ...(upgrade.eager ? { eager: true } : {}),
    ...(segment === undefined ? {} : { segment: gluedText(segment, speech) }),
    ...(skip > 0 ? { skip } : {}),
    ...(handshake.kind === 'failed'
      ? { tls: '1.3', fail: handshake.how }
      : sound(handshake, earlier, speech)),
  };
}

function sound(
  handshake: Extract<Upgrade['handshake'], { kind: 'sound' }>,
  earlier: readonly Step[],
  speech: Speech,
): Pick<PlayedUpgrade, 'tls' | 'sni' | 'certificate' | 'resumed'> {
  const { kind: _, version, resumed, ...flags } = handshake;
  const full = { handshake: { ...flags, version, kind: 'sound' } } as const;
  return {
    tls: version,
    ...flags,
    ...(resumed === undefined
      ? {}
      : { resumed: playedRun({ before: earlier, upgrade: full, after: resumed }, [], speech) }),
  };
}

/** A burst stays a number: nobody wants to read 500 lines of NOOP. */
function gluedText({ fragment, ...lines }: Glue, speech: Speech): readonly Text[] {
  const once = literal(glue({ ...lines, times: 1 }, speech));
  const ending = fragment === undefined ? '' : glue({ ...lines, lines: [], times: 1, fragment }, speech);
  return [
    ...(once === '' ? [] : [lines.times === 1 ? once : { times: lines.times, of: once }]),
    ...(ending === '' ? [] : [literal(ending)]),
  ];
}

function text(step: Step, sent: string): Text {
  if (step.kind === 'auth') return answered(sent);
  // Spelling in mixed case goes by pairs of characters.
  if (step.kind === 'line') return folded(sent, step.text.length * (step.spelling === 'mixed' ? 2 : 1));
  return folded(sent, 1);
}

/** What answers a challenge can only be worked out when it has come. */
const answer = ({ user, password }: Credentials): Text => [{ digest: [named(user), named(password)] }, CRLF];

/** A line of an AUTH dialogue: the verb, a `*`, or base64, which is shown as what it says. */
function answered(sent: string): Text {
  const [, verb = '', secret = '', ending = ''] = /^(\s*auth\s+\S+\s*|)([^\r\s]*)(\s*)$/is.exec(sent) ?? [];
  if (secret === '' || secret === '*') return literal(sent);
  const said = Buffer.from(secret, 'base64').toString('latin1');
  return [...(verb === '' ? [] : [literal(verb)]), { base64: named(said) }, literal(ending)];
}

/** Repetitions below this are written out. */
const FEW = 16;

/** The text with the longest run of one unit, of `length` characters, kept as a number. */
function folded(sent: string, length: number): Text {
  const run = length === 0 ? null : new RegExp(`([^]{${length}})\\1{${FEW - 1},}`).exec(sent);
  if (run === null) return literal(sent);
  const [all, unit = ''] = run;
  const around = [sent.slice(0, run.index), sent.slice(run.index + all.length)].map(literal);
  return [around[0] ?? '', { times: all.length / length, of: literal(unit) }, around[1] ?? ''].filter(
    part => part !== '',
  );
}

/** With the names of the blanks in braces. */
const named = (sent: string): string =>
  NAMED.reduce((text, [blank, name]) => text.replace(blank, name), sent.replaceAll('{', '{{'));

/** What is sent, character by byte, as the network would see it. */
const literal = (sent: string): string =>
  named(sent).replace(/[^\0-\xff]/g, character => String.fromCharCode(character.charCodeAt(0) & 0xff));
