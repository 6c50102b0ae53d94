/**
 * No value that was said before TLS comes back after it.
 *
 * Values are random tokens, so one sighting proves retention without any fresh run. Searched in raw text, in any
 * case, also in base64 and in hexadecimal; xtext and URL form leave tokens as they are. A token that `after` repeats
 * on purpose is no marker.
 */

import type { Claim, Deviation, Evidence } from '../src/claim.ts';
import { tokenIn } from '../src/nonce.ts';
import { earlierSteps, type Scenario, type Step } from '../src/scenario.ts';

/** The letters of the names that a step says. */
export function namesOf(step: Step): readonly string[] {
  switch (step.kind) {
    case 'helo':
    case 'ehlo':
    case 'lhlo':
      return [step.name];
    case 'mail':
      return [step.from, step.envid, step.auth].filter(name => typeof name === 'string');
    case 'rcpt':
      return step.orcpt === undefined ? [step.to] : [step.to, step.orcpt];
    case 'data':
    case 'bdat':
      return [step.token];
    case 'auth':
      return [step.user];
    case 'xclient':
    case 'xforward':
      return [step.value];
    case 'line':
    case 'bytes':
    case 'pause':
    case 'close':
      return [];
    default:
      return step.argument === undefined ? [] : [step.argument];
  }
}

/** What was said in plaintext, or on the connection that made the ticket. */
function saidBefore({ before, upgrade }: Scenario): readonly Step[] {
  const glue = [upgrade.glued, upgrade.segment].flatMap(one =>
    one === undefined ? [] : [...one.lines, ...(one.fragment ? [one.fragment] : [])],
  );
  return [...before, ...glue, ...earlierSteps(upgrade)];
}

/** The names said there and not again in `after`. */
function markers({ scenario }: Evidence): readonly string[] {
  const again = new Set(scenario.after.flatMap(namesOf));
  return [...new Set(saidBefore(scenario).flatMap(namesOf))].filter(name => !again.has(name));
}

/** The commands that said a name, in words. */
function sayersOf(name: string, scenario: Scenario): string {
  const sayers = saidBefore(scenario).filter(step => namesOf(step).includes(name));
  return [...new Set(sayers.map(({ kind }) => kind.toUpperCase()))].join(' and ');
}

interface Text {
  readonly step: number;
  readonly where: string;
  readonly text: string;
}

/** All that was heard in TLS, with the step at which it was. */
function heard({ used, scenario }: Evidence): readonly Text[] {
  const texts: Text[] = [];
  for (const entry of used.entries) {
    if (entry.kind !== 'received' || (entry.part !== 'after' && entry.part !== 'fence')) continue;
    const { reply } = entry;
    const isFence = entry.part === 'fence';
    const verb = isFence ? 'quit' : (scenario.after[entry.step]?.kind ?? '');
    texts.push({
      step: isFence ? scenario.after.length : entry.step,
      where: `the reply to ${verb.toUpperCase()}`,
      text: reply.kind === 'reply' ? reply.lines.join('\n') : reply.bytes,
    });
  }
  for (const { step, text } of used.deliveries)
    texts.push({ step, where: 'the delivered message', text: text ?? '' });
  for (const { hook, state } of used.handlers)
    texts.push({
      step: scenario.after.length,
      where: `the state given to the hook ${hook}`,
      text: JSON.stringify(state) ?? '',
    });
  return texts;
}

export const markersClaim: Claim = {
  id: 'markers',
  title: 'No value said before TLS comes back after it',
  requirement: 'rfc3207-4.2-server-discards',
  exercised: evidence => evidence.used.upgrade === 'secure' && markers(evidence).length > 0,
  judge: evidence => {
    if (evidence.used.upgrade !== 'secure') return [];
    const names = markers(evidence);
    if (names.length === 0) return [];
    const { nonce } = evidence.used;
    // A burst that runs in TLS may say a name in each of thousands of replies to one step.
    const told = new Set<string>();
    return heard(evidence).flatMap(({ step, where, text }): Deviation[] => {
      const place = `${step} ${where}`;
      const found = told.has(place) ? undefined : tokenIn(text, nonce, names);
      if (found === undefined) return [];
      told.add(place);
      return [
        {
          claim: 'markers',
          requirement: 'rfc3207-4.2-server-discards',
          level: 'must',
          proof: 'sighting',
          step,
          used: `${nonce}${found}, said in plaintext by ${sayersOf(found, evidence.scenario)}`,
          fresh: 'no value from before TLS',
          summary: `${where} in TLS holds a value that was only said before TLS`,
          signature: `marker in ${where}`,
        },
      ];
    });
  },
};
