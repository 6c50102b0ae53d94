/**
 * What a search counts: scenarios by what came of them, and how often each claim was put to the test.
 *
 * The verdict is drawn from these numbers, so that what could not be judged is counted with as much care as what was.
 */

import type { Claim } from './claim.ts';
import type { Examination, Seen } from './experiment.ts';
import { endsMessage, isAmbiguous, saysNothing, type Upgrade } from './scenario.ts';
import { isOutOfOrder, type Reply } from './smtp/reply.ts';
import { isTurnedAway, repliesTo, type Transcript } from './transcript.ts';

/** Logins with the password that is right, where both handshakes completed. */
export interface Logins {
  /** Accepted before STARTTLS, and in TLS. */
  before: number;
  inTls: number;
  /** Refused for another reason than that it was no time for AUTH, or that the mechanism is not known. */
  refused: number;
}

/** What the search has counted so far. */
export interface Tally {
  scenarios: number;
  /** Of these: TLS came about on the used and on a fresh connection. */
  judged: number;
  /** Nothing can be told of them: out of time, out of reach, turned away. */
  inconclusive: number;
  /** Scenarios whose used or fresh connection was turned away, again and again. */
  turnedAway: number;
  /** Judged, and nothing was said before TLS that could have outlived it. */
  vacuous: number;
  /** In how many of the judged a message was taken in TLS. */
  transactions: number;
  /** Messages that were taken in TLS on used connections, and those of them that were waited for in vain. */
  readonly mail: { taken: number; lost: number };
  readonly logins: Logins;
  /** Scenarios by what became of STARTTLS. */
  readonly outcomes: Record<string, number>;
  /** By the id of a claim: how many scenarios put it to the test. */
  readonly exercised: Map<string, number>;
}

export function emptyTally(): Tally {
  return {
    scenarios: 0,
    judged: 0,
    inconclusive: 0,
    turnedAway: 0,
    vacuous: 0,
    transactions: 0,
    mail: { taken: 0, lost: 0 },
    logins: { before: 0, inTls: 0, refused: 0 },
    outcomes: {},
    exercised: new Map(),
  };
}

/** Whether the used or the fresh connection was turned away, the last time that it was opened. */
export const wasTurnedAway = ({ used, fresh }: Pick<Examination, 'used' | 'fresh'>): boolean =>
  [used, fresh].some(seen => seen !== undefined && isTurnedAway(seen.transcript));

/** Takes in one examination. */
export function count(tally: Tally, examination: Examination, claims: readonly Claim[]): void {
  const { scenario, used, evidence } = examination;
  const { upgrade } = used.transcript;
  tally.scenarios++;
  tally.outcomes[upgrade] = (tally.outcomes[upgrade] ?? 0) + 1;
  if (evidence.paired) tally.judged++;
  if (evidence.paired && saysNothing(scenario)) tally.vacuous++;
  if (wasTurnedAway(examination)) tally.turnedAway++;
  if (isUnjudged(examination)) tally.inconclusive++;
  if (evidence.paired && hasTransaction(evidence)) tally.transactions++;
  if (evidence.paired) countLogins(tally.logins, evidence);
  if (evidence.paired) countMail(tally.mail, evidence);
  // Where the used run alone came to TLS, no claim has judged what it says of fresh connections.
  if (upgrade === 'secure' && !evidence.paired) return;
  for (const claim of claims)
    if (claim.exercised(evidence)) tally.exercised.set(claim.id, (tally.exercised.get(claim.id) ?? 0) + 1);
}

/** Whether nothing can be told of it. */
export const isUnjudged = (examination: Examination): boolean =>
  isTurnedAway(examination.used.transcript) || isInconclusive(examination);

/** Out of time, in a form where an answer was due, or without a fresh run in TLS. */
function isInconclusive({ scenario, used, fresh }: Examination): boolean {
  const { before, upgrade } = scenario;
  const { upgrade: outcome, entries } = used.transcript;
  const silence = entries.find(({ part, kind }) => part !== 'ticket' && kind === 'silence');
  switch (outcome) {
    case 'secure':
      return fresh?.transcript.upgrade !== 'secure' || [used, fresh].some(isSilentInTls);
    case 'silent':
      return isAnswerDue(upgrade);
    case 'lost':
      if (hasFailedHandshake(used.transcript)) return isAnswerDue(upgrade) && !before.some(isAmbiguous);
      return (
        silence !== undefined &&
        // For its greeting nothing was said.
        (silence.part === 'greeting' || !before.some(isAmbiguous)) &&
        (silence.part !== 'upgrade' || isAnswerDue(upgrade))
      );
    default:
      return false;
  }
}

/** Whether TLS was begun, and failed: what would have been said in it nobody knows. */
const hasFailedHandshake = ({ entries }: Transcript): boolean =>
  entries.some(
    entry => entry.part === 'upgrade' && entry.kind === 'handshake' && entry.result.kind === 'failed',
  );

/** Whether a command in TLS had no answer, behind nothing that may have swallowed it. Judges stop there. */
function isSilentInTls({ scenario, transcript }: Seen): boolean {
  const silence = transcript.entries.find(
    ({ part, kind }) => kind === 'silence' && (part === 'after' || part === 'fence'),
  );
  if (silence === undefined) return false;
  const { before, upgrade, after } = scenario;
  const said = silence.part === 'after' ? after.slice(0, silence.step + 1) : after;
  return isAnswerDue(upgrade) && ![...before, ...said].some(isAmbiguous);
}

const isAnswerDue = ({ handshake, segment, eager, glued, split }: Upgrade): boolean =>
  handshake.kind === 'sound' && [segment, eager, glued, split].every(form => form === undefined);

function hasTransaction({ scenario, used }: Examination['evidence']): boolean {
  return scenario.after.some(
    (step, index) =>
      endsMessage(step) &&
      repliesTo(used, 'after', index).some(reply => reply.kind === 'reply' && reply.code === 250),
  );
}

function countMail(mail: Tally['mail'], { used }: Examination['evidence']): void {
  mail.taken += used.deliveries.length;
  mail.lost += used.deliveries.filter(({ text }) => text === undefined).length;
}

function countLogins(logins: Logins, evidence: Examination['evidence']): void {
  for (const { part, reply } of loginReplies(evidence)) {
    if (reply.code === 235) logins[part === 'before' ? 'before' : 'inTls']++;
    else if (reply.code >= 400 && !isOutOfOrder(reply)) logins.refused++;
  }
}

/** The last replies to logins with the password that is right, on the used connection. */
export const loginReplies = ({
  scenario,
  used,
}: Pick<Examination['evidence'], 'scenario' | 'used'>): readonly {
  readonly part: 'before' | 'after';
  readonly reply: Reply;
}[] =>
  (['before', 'after'] as const).flatMap(part =>
    scenario[part].flatMap((step, index) => {
      if (step.kind !== 'auth' || step.answer !== 'right') return [];
      const reply = repliesTo(used, part, index).at(-1);
      return reply?.kind === 'reply' ? [{ part, reply }] : [];
    }),
  );
