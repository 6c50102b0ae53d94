/** What a result about a client tells besides its verdict and its findings. Pure. */

import type { Note } from '../note.ts';
import type { ClientNoise } from './compare.ts';
import { FEW } from './doubts.ts';

/** Silence is for clients that are known to give up early: of any other it cannot be told how long is too long. */
export const UNTRIED_SILENCE: Note = {
  kind: 'skipped',
  text: 'a server that is silent was not put to the test: say --client-timeout DURATION, longer than the client itself waits',
};

/** Kept and hand-written scripts go first: who holds without them has hardly been looked at. */
export const unplayedText = (unplayed: number): string =>
  `of the scripts that go before random ones ${unplayed} were not played: give it more time`;

export const unplayedNotes = (unplayed: number): readonly Note[] =>
  unplayed === 0 ? [] : [{ kind: 'skipped', text: unplayedText(unplayed) }];

/** Many programs that start at once on a busy machine are slow, and that is none of their faults. */
export const slowNotes = (slow: number, idle: number, limit: number): readonly Note[] =>
  slow <= FEW
    ? []
    : [
        {
          kind: 'skipped',
          text: `in ${slow} scenarios the client was still for ${idle / 1_000} s, or on its way after ${limit / 1_000} s: a lower --jobs starts fewer at once, a longer --client-timeout gives each longer`,
        },
      ];

/** What is kept of an extension for such senders cannot show then. */
export const declinedNotes = (declined: number): readonly Note[] =>
  declined === 0
    ? []
    : [
        {
          kind: 'skipped',
          text: `in ${declined} scenarios the client was given a sender beyond ASCII, and did not connect`,
        },
      ];

/** It takes the answer to STARTTLS for a 220 by its first digit, say, or does not look at it. */
export const begunNotes = (codes: ReadonlySet<number>): readonly Note[] =>
  codes.size === 0
    ? []
    : [
        {
          kind: 'deviation',
          text: `the client begins TLS behind ${inWords(codes)} in answer to STARTTLS; TLS is due behind 220 alone (RFC 3207, section 4)`,
        },
      ];

/** Many libraries still look there; what it is worth beside a wrong name, is theirs to say. */
export const commonNameNotes = (sessions: number): readonly Note[] =>
  sessions === 0
    ? []
    : [
        {
          kind: 'deviation',
          text: 'the client takes a certificate whose common name is right, though the alternative names beside it are others: the common name does not count there (RFC 6125, section 6.4.4, and RFC 7817, section 3)',
        },
      ];

/** Codes that are told. */
const MOST_CODES = 5;

function inWords(codes: ReadonlySet<number>): string {
  const told = [...codes].sort((one, other) => one - other).slice(0, MOST_CODES);
  return told.join(', ') + (codes.size > told.length ? ` and ${codes.size - told.length} more` : '');
}

export const noiseNotes = ({ learned }: ClientNoise): readonly Note[] =>
  learned.map((place): Note => ({ kind: 'noise', text: `varies by itself: ${place}` }));
