/** What a search of a client counts: scripts by what came of them, how often each claim was put to the test, and doubts. */

import { type Discovery, newDiscovery } from '../discovery.ts';
import { emptyTally, type Tally } from '../tally.ts';
import type { ClientClaim, ClientEvidence } from './claim.ts';
import type { Doubts } from './doubts.ts';
import { type ClientExamination, isIdle, type SeenClient } from './experiment.ts';
import { CLEAN, hasGlue, isClean, isPlayedOn, type Script, surprises } from './script.ts';
import { connections, delivered, hangs, isEndless } from './transcript.ts';
import { trustingAct } from './trust.ts';

export interface ClientTally extends Tally {
  /** What was seen on the way: commands in plaintext and in TLS, and their successions. */
  readonly states: Set<string>;
  readonly transitions: Set<string>;
  /** Of what clients did in TLS. */
  readonly discovery: Discovery;
  /** Scripts in doubt in which the client was still for so long that it was left, or was on its way when it was stopped. */
  slow: number;
  /** Codes other than 220 behind which it began TLS. */
  readonly begunBehind: Set<number>;
  /** Sessions in which it went on behind a certificate that is right by its common name alone. */
  byCommonName: number;
  /** Scripts for which it was given a sender beyond ASCII, and did not connect. */
  declined: number;
}

export const newClientTally = (): ClientTally => ({
  ...emptyTally(),
  states: new Set(),
  transitions: new Set(),
  discovery: newDiscovery(),
  slow: 0,
  begunBehind: new Set(),
  byCommonName: 0,
  declined: 0,
});

/** Takes in one examination. */
export function countClient(
  tally: ClientTally,
  examination: ClientExamination,
  claims: readonly ClientClaim[],
  doubts: Doubts,
): void {
  const { script, used, evidence } = examination;
  const { transcript, observation } = used;
  const outcome =
    transcript.exit.kind === 'late' ? 'late' : observation.sessions.length > 0 ? 'secure' : 'no TLS';
  tally.scenarios++;
  tally.outcomes[outcome] = (tally.outcomes[outcome] ?? 0) + 1;
  if (evidence.paired) tally.judged++;
  if (evidence.paired && script.before.length === 0 && isClean(script.upgrade)) tally.vacuous++;
  if (isDeclined(examination)) tally.declined++;
  if (isBegunAllTheSame(examination)) tally.begunBehind.add(script.upgrade.code);
  if (trustingAct(evidence)?.certificate === 'common-name') tally.byCommonName++;
  if (isDoubtful(examination)) {
    doubts.add(
      script,
      claims.filter(claim => judgesPairs(claim, evidence)).map(({ id }) => id),
    );
    if ([used, examination.fresh].some(seen => seen !== undefined && isSlow(seen))) tally.slow++;
  }
  if (delivered(transcript)) tally.transactions++;
  for (const claim of isPlayedOn(script, Math.max(0, connections(transcript) - 1)) ? claims : [])
    if (claim.exercised(evidence)) tally.exercised.set(claim.id, (tally.exercised.get(claim.id) ?? 0) + 1);
  let last = 'start';
  for (const entry of transcript.entries) {
    if (entry.kind !== 'said') continue;
    const state = `${entry.secure ? 'secure' : 'plaintext'} ${entry.verb}`;
    tally.states.add(state);
    tally.transitions.add(`${last} → ${state}`);
    last = state;
  }
  tally.discovery.add(observation.digest);
}

const isSlow = (seen: SeenClient): boolean =>
  isIdle(seen) || (seen.transcript.exit.kind === 'late' && !isEndless(seen.transcript));

/** Many a client takes no such sender: that is known before there is any server, and says nothing about it. */
const isDeclined = ({ script, used: { transcript } }: ClientExamination): boolean =>
  script.errand.letter === 'utf8-sender' &&
  transcript.entries.length === 0 &&
  transcript.exit.kind === 'exited';

/** Whether TLS is begun behind an answer to STARTTLS that is no 220, and that nothing came with which says so. */
const isBegunAllTheSame = ({ script, used: { transcript } }: ClientExamination): boolean =>
  script.upgrade.code !== CLEAN.code &&
  script.upgrade.unanswered === undefined &&
  !hasGlue(script.upgrade) &&
  // A reply too many may be taken for the answer.
  !script.before.some(({ kind }) => kind === 'extra') &&
  transcript.entries.some(({ kind, connection }) => kind === 'handshake' && isPlayedOn(script, connection));

/** Whether nothing can be told of a script, one way or the other, that a client might be judged by. */
function isDoubtful(examination: ClientExamination): boolean {
  const { script, used, disagreed, evidence } = examination;
  // Whoever hangs is judged for it; whoever is slow is not.
  if (used.transcript.exit.kind === 'late') return !hangs(used.transcript) && !isEndless(used.transcript);
  if (used.observation.sessions.length > 0) return disagreed === true || !evidence.paired;
  // The server has said nothing yet that might keep anyone away.
  if (used.transcript.entries.length === 0) return !isDeclined(examination);
  return isIdle(used) && leadsToTls(script);
}

/** Whether there is nothing in a script that may keep a client from TLS, or make it wait. */
const leadsToTls = (script: Script): boolean => {
  const { handshake } = script.upgrade;
  return (
    isClean(script.upgrade) &&
    !surprises(script) &&
    handshake.kind === 'sound' &&
    handshake.certificate === 'right'
  );
};

const judgesPairs = (claim: ClientClaim, evidence: ClientEvidence): boolean =>
  claim.exercised({ ...evidence, paired: true }) && !claim.exercised({ ...evidence, paired: false });
