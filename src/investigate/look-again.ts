/**
 * Whether a suspicion shows again, how often, and in which form it shows surest.
 *
 * What it comes of, and whether anything excuses it, is found out in `investigate.ts`.
 */

import { type Deviation, weightiestFirst } from '../claim.ts';
import type { Examination, Experiment } from '../experiment.ts';
import { BARE, isBare, isBurst, isClean, mayRace, type Scenario, type Upgrade } from '../scenario.ts';
import { surplusReplies } from '../transcript.ts';
import { chanceOnFresh, disagreement } from './chance.ts';
import { shows, standsFor } from './confirm.ts';
import type { Finding, Investigation, InvestigationOptions, Suspicion } from './finding.ts';
import { type Race, saidOnce, surest, waitedFor } from './race.ts';

/** Further looks at a suspicion before it is given up; and more where it may be a race, which shows only now and then. */
const LOOKS = 2;
const MORE_LOOKS = 6;
/** Looks behind a bare STARTTLS at what shows once in a while: so many that it would be seen there as well. */
const SURE_LOOKS = 3;
const MOST_BARE_LOOKS = 20;

/** The suspicion in the form in which it shows surest; or what it comes to if it does not show again. */
export async function seenAgain(
  options: InvestigationOptions,
  findings: readonly Finding[],
  seen: Suspicion,
): Promise<{ readonly kind: 'shown'; readonly race: Race } | Investigation> {
  const { rate, unstable } = await lookAgain(options.experiment, seen);
  const { summary } = seen.deviation;
  if (unstable !== undefined) return { kind: 'unstable', text: unstable };
  const race = await surelyShown(options, { ...seen, rate });
  if (race.rate === 0) return { kind: 'unconfirmed', text: `seen once and not again: ${summary}` };
  if (race.rate < 1 && isLikelierKnown(options, findings, race))
    return { kind: 'unconfirmed', text: `shown now and then only: ${summary}` };
  return { kind: 'shown', race };
}

/**
 * Whether what shows now and then is likelier what the server is found to keep, beside what varies by itself, than another
 * race: where nothing races the handshake, or the server was seen to do by and by what it had begun in plaintext.
 */
function isLikelierKnown(
  { isNews = () => true }: InvestigationOptions,
  findings: readonly Finding[],
  { scenario: { upgrade } }: Race,
): boolean {
  const news = findings.filter(isNews);
  const isDoneLater = news.some(({ scenario: { after } }) => after.some(({ kind }) => kind === 'pause'));
  return news.length > 0 && (!mayRace(upgrade) || (isDoneLater && !hasBurst(upgrade)));
}

/** Whether it shows every time, and by no burst that might race the handshake. */
export const isCertain = ({ rate, scenario: { upgrade } }: Race): boolean => rate === 1 && !hasBurst(upgrade);

/** What travels with STARTTLS in a burst may race it, however often it shows. */
const hasBurst = ({ glued, segment }: Upgrade): boolean =>
  [glued, segment].some(glue => glue !== undefined && isBurst(glue));

/** The share of further looks that show the deviation; and where fresh runs disagree, if it does not always show. */
async function lookAgain(
  experiment: Experiment,
  { scenario, deviation }: Suspicion,
): Promise<{ readonly rate: number; readonly unstable: string | undefined }> {
  const seen: Examination[] = [];
  const look = async (looks: number): Promise<void> => {
    const more = Array.from({ length: looks }, () => experiment.examineAnew(scenario));
    seen.push(...(await Promise.all(more)));
    experiment.learnFrom(seen.flatMap(examination => examination.fresh ?? []));
  };
  // Judged again each time: what later fresh runs taught about noise holds for the earlier pairs too.
  const shown = (): number =>
    seen.filter(({ used, fresh }) => standsFor(experiment.judge(used, fresh), deviation) !== undefined)
      .length;
  await look(LOOKS);
  if (shown() === LOOKS && !hasBurst(scenario.upgrade)) return { rate: 1, unstable: undefined };
  // What a bare STARTTLS does not show again is no race.
  if (mayRace(scenario.upgrade) || shown() > 0) await look(MORE_LOOKS);
  const rate = shown() / seen.length;
  const [fresh, ...others] = seen.flatMap(examination => examination.fresh ?? []);
  if (fresh === undefined || rate === 1) return { rate, unstable: undefined };
  const unstable = disagreement(experiment.noise, [fresh, ...others], 'race');
  // Behind a bare STARTTLS chance is likelier than a race, and is ruled out before any more is made of it.
  const isChance = unstable === undefined && isClean(scenario.upgrade) && rate > 0;
  return {
    rate,
    unstable: isChance ? await chanceOnFresh(experiment, scenario, fresh, rate) : unstable,
  };
}

/**
 * The suspicion behind a bare STARTTLS, if it shows there too, and else in the form in which a race shows surest: behind a
 * wait, if it shows each time there. What shows every time is kept, as a rule, and no race: a long burst would only cost time.
 */
async function surelyShown(options: InvestigationOptions, race: Race): Promise<Race> {
  const { experiment } = options;
  const inSurestForm = async (one: Race): Promise<Race> =>
    hasBurst(one.scenario.upgrade) ? surest(experiment, one, options) : one;
  if (race.rate === 1) {
    const bare = await bared(experiment, race);
    const once = hasBurst(bare.scenario.upgrade) ? await saidOnce(experiment, bare) : undefined;
    return once ?? inSurestForm(bare);
  }
  const waited = hasBurst(race.scenario.upgrade) ? undefined : await waitedFor(experiment, race);
  if (waited !== undefined) return bared(experiment, waited);
  const surer = await inSurestForm(race);
  return surer.rate === 0 ? surer : bared(experiment, surer);
}

/** The suspicion behind a bare STARTTLS, if it shows there too: then nothing in the upgrade has to do with it. */
async function bared(experiment: Experiment, suspicion: Race): Promise<Race> {
  const { scenario, deviation, rate } = suspicion;
  if (isBare(scenario.upgrade)) return suspicion;
  const bare: Scenario = { ...scenario, upgrade: BARE };
  const looks = rate === 1 ? 1 : Math.min(MOST_BARE_LOOKS, Math.ceil(SURE_LOOKS / rate));
  const seen = await Promise.all(Array.from({ length: looks }, () => experiment.suspect(bare)));
  const [shown] = seen.flatMap(
    examination => shows(examination, deviation.signature) ?? tooMany(examination, suspicion) ?? [],
  );
  return shown === undefined ? suspicion : { ...suspicion, scenario: bare, deviation: shown };
}

/**
 * What shows the replies too many behind a bare STARTTLS, if that is what the suspicion counts: where nothing travelled with
 * STARTTLS they are told by what they are taken for, and not by their number.
 */
function tooMany(
  { used, fresh, deviations }: Examination,
  { scenario, deviation }: Suspicion,
): Deviation | undefined {
  const isNumber = deviation.difference === undefined && deviation.step === scenario.after.length;
  if (!isNumber || fresh === undefined) return undefined;
  const isMore = surplusReplies(used.transcript) > surplusReplies(fresh.transcript);
  return isMore ? weightiestFirst(deviations)[0] : undefined;
}
