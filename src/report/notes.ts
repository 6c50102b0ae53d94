/**
 * What a report says beside its findings: what the search came across, and what could not be put to the test.
 *
 * Nothing is judged here, and no finding is told.
 */

import type { Experiment } from '../experiment.ts';
import { outline } from '../investigate/fingerprint.ts';
import type { Investigator } from '../investigate/suspicions.ts';
import { type Beforehand, untoldLimits } from '../limits/beforehand.ts';
import type { Door } from '../limits/door.ts';
import type { Note } from '../note.ts';
import type { Probed } from '../probe.ts';
import type { Tally } from '../tally.ts';
import type { RunningTarget } from '../targets/target.ts';

/** Whoever has something to tell behind a search. */
interface CameAcross {
  readonly experiment: Pick<Experiment, 'restarts' | 'brokenOff'> & {
    readonly noise: Pick<Experiment['noise'], 'learned'>;
  };
  readonly investigator: Pick<Investigator, 'notes'>;
  readonly limited: Beforehand;
  readonly door: Pick<Door, 'refusals'>;
  /** Of whoever looked at the target beside the search. */
  readonly notes: readonly Note[];
}

/** What a search came across. */
export const notesOf = (searched: CameAcross): readonly Note[] => [
  ...searched.investigator.notes,
  ...searched.notes,
  ...untoldLimits(searched.limited),
  ...restartedNote(searched.experiment),
  ...goneNotes(searched.experiment),
  ...searched.door.refusals.map(
    (text): Note => ({ kind: 'cross-connection', text: `${text}; the search waited, and slowed down` }),
  ),
  ...searched.experiment.noise.learned().map((text): Note => ({ kind: 'noise', text })),
];

/** What a maintainer wants to know of a server that ended by itself, though nothing is judged by it. */
function restartedNote({ restarts: { times, fatal } }: Pick<Experiment, 'restarts'>): readonly Note[] {
  if (times === 0) return [];
  const cause = fatal === undefined ? '' : `; what was said when it ended: ${outline(fatal)}`;
  return [
    {
      kind: 'restarted',
      text: `the target ended by itself ${times === 1 ? 'once' : `${times} times`} and was started again; what that cut off was played once more${cause}`,
    },
  ];
}

/** Sessions that are told: notes are for people. */
const MOST_SESSIONS = 3;

/** The same of one that nobody starts again: one of these may have brought it down. */
function goneNotes({ brokenOff }: Pick<Experiment, 'brokenOff'>): readonly Note[] {
  if (brokenOff.length === 0) return [];
  const others = brokenOff.length - MOST_SESSIONS;
  const more = others > 0 ? `, ${others} others not told` : '';
  return [
    ...brokenOff
      .slice(0, MOST_SESSIONS)
      .map((session): Note => ({ kind: 'gone', text: `under way at the end: ${outline(session)}` })),
    {
      kind: 'gone',
      text: `no connection was taken any more${more}; with --jobs 1 and the same --seed it is one session at a time`,
    },
  ];
}

/** What keeps a login from being seen to outlive STARTTLS, where one is known. */
export function untestedLogins(
  { target, probed }: { readonly target: RunningTarget; readonly probed: Probed },
  { judged, logins }: Tally,
): readonly Note[] {
  const { before, inTls } = logins;
  const { facts, offeredInTls } = probed;
  if (target.login === undefined || judged === 0 || before > 0) return [];
  const isOffered = facts.offered.includes('AUTH');
  const text = (): string => {
    if (isOffered)
      return `no login was accepted before STARTTLS${inTls > 0 ? '' : ', nor in TLS'}, though AUTH is offered`;
    return offeredInTls.includes('AUTH')
      ? 'AUTH is not offered before STARTTLS'
      : 'AUTH is offered neither before STARTTLS nor in TLS';
  };
  return [
    {
      kind: 'untested',
      text: `${text()}: whether a login outlives it could not be seen`,
      about: 'login',
    },
  ];
}

const FORMS = { '1.2': 'TLS 1.2', sni: 'SNI', certificate: 'a client certificate' } as const;

/** Handshakes that the target does not complete. */
export const untestedForms = ({ declined }: Probed): readonly Note[] =>
  declined.map(form => ({ kind: 'untested', text: `${FORMS[form]}: no handshake is completed with it` }));

/** What the target took and did not deliver while it was waited for. */
export const lostMail = ({ mail: { taken, lost } }: Tally): readonly Note[] =>
  lost === 0
    ? []
    : [
        {
          kind: 'untested',
          text: `${lost} of ${taken} messages that were taken in TLS were not delivered in time (--delivery-wait): what would have come of them is not compared`,
        },
      ];
