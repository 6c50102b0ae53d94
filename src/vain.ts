/**
 * Why a look that does not show a kept finding says nothing of it: a target that could not be heard, or was not told what it
 * takes, has fixed nothing. Pure.
 */

import type { CorpusEntry } from './corpus.ts';
import type { Examination } from './experiment.ts';
import { isClean } from './scenario.ts';
import { isUnjudged, loginReplies } from './tally.ts';
import { isPutOff, type Transcript } from './transcript.ts';

/** Authentication credentials invalid (RFC 4954, section 6). */
const WRONG_LOGIN = 535;

/** In words; undefined where the finding would have shown if it were there. */
export function whyVain(entry: CorpusEntry, examination: Examination): string | undefined {
  const { transcript } = examination.used;
  if (isUnanswered(transcript, entry)) return 'the target gives no reply where it would show';
  if (entry.difference.fresh !== 'silence' && isUnjudged(examination)) return UNHEARD;
  return whyUntold(examination) ?? whyUnseen(entry, transcript);
}

const UNHEARD = 'the target was not heard to the end';

/** The same of a scenario alone, whatever it is to show. */
export const isVain = (examination: Examination): boolean =>
  isUnjudged(examination) || whyUntold(examination) !== undefined;

function whyUntold(examination: Examination): string | undefined {
  const { scenario, used } = examination;
  const { upgrade } = used.transcript;
  if (isLoginRefused(examination))
    return `the login is refused with ${WRONG_LOGIN}: say --auth user:password`;
  // For what was said before it STARTTLS may be refused; not for a want of time.
  if (upgrade === 'refused')
    return isPutOff(used.transcript) ? 'STARTTLS is put off: is the target too busy?' : undefined;
  return upgrade !== 'secure' && isDue(scenario) ? 'TLS does not come about' : undefined;
}

const isDue = ({ upgrade }: CorpusEntry['scenario']): boolean =>
  upgrade.handshake.kind === 'sound' && isClean(upgrade);

const isLoginRefused = ({ evidence }: Examination): boolean =>
  loginReplies(evidence).some(({ reply }) => reply.code === WRONG_LOGIN);

/** Up to the step where it shows, silence or what is no reply; unless that is what was to be expected. */
const isUnanswered = ({ entries }: Transcript, { difference }: CorpusEntry): boolean =>
  difference.fresh !== 'silence' &&
  entries.some(
    entry =>
      entry.part === 'after' &&
      entry.step <= difference.at &&
      (entry.kind === 'silence' || (entry.kind === 'received' && entry.reply.kind === 'malformed')),
  );

/** What it showed in cannot be seen of this target. */
function whyUnseen(
  { claim, signature }: CorpusEntry,
  { deliveries, handlers }: Transcript,
): string | undefined {
  const isIn = (place: string): boolean => signature.startsWith(`marker in ${place}`);
  const needsMail = claim === 'delivered-mail' || isIn('the delivered message');
  if (needsMail && !deliveries.some(({ text }) => text !== undefined))
    return 'no message was seen to be delivered: say --maildir or --sink';
  const needsHooks = claim === 'handler-state' || isIn('the state given to the hook');
  return needsHooks && handlers.length === 0
    ? 'what the hooks of this target are given is not seen'
    : undefined;
}
