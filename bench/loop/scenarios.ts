/**
 * Scenarios for the bare loop: drawn by afresh's own generator, played once, and written down with what was sent.
 *
 * Left out is what a client that only reads cannot play again: handshakes that are made to fail, resumed sessions, bytes
 * and pauses that expect no reply, a STARTTLS in two segments with a wait between them, and whatever met silence. The length of
 * waits would be measured instead of work.
 */

import type { Experiment, Seen } from '../../src/experiment.ts';
import { newGenerator } from '../../src/generate/scenarios.ts';
import { fullHandshake, type Scenario, type Step, type StepKind } from '../../src/scenario.ts';
import type { Entry } from '../../src/transcript.ts';
import type { Script, Turn } from './bare.ts';

/** One scenario as afresh plays it, and the bytes of its used and of its fresh run. */
export interface Recorded {
  readonly scenario: Scenario;
  readonly scripts: readonly [used: Script, fresh: Script];
}

/** Steps without a reply of their own, or with two connections. */
const UNANSWERED: ReadonlySet<StepKind> = new Set<StepKind>(['bytes', 'pause', 'close']);

export async function record(
  experiment: Experiment,
  without: ReadonlySet<StepKind>,
  { seed, count }: { readonly seed: number; readonly count: number },
): Promise<readonly Recorded[]> {
  const generator = newGenerator({ seed, without: new Set([...without, ...UNANSWERED]) });
  const recorded: Recorded[] = [];
  while (recorded.length < count) {
    const drawn = generator.next(64).filter(isReplayable);
    const examined = await Promise.all(drawn.map(scenario => experiment.examineAnew(scenario)));
    for (const { scenario, used, fresh } of examined) {
      generator.learn(scenario, used.transcript.upgrade === 'secure');
      if (fresh !== undefined && wasAnswered(used) && wasAnswered(fresh))
        recorded.push({ scenario, scripts: [script(used), script(fresh)] });
    }
  }
  return recorded.slice(0, count);
}

function isReplayable({ before, upgrade, after }: Scenario): boolean {
  const isAnswered = ({ kind }: Step): boolean => !UNANSWERED.has(kind);
  return (
    upgrade.handshake.kind === 'sound' &&
    upgrade.handshake.resumed === undefined &&
    upgrade.eager === undefined &&
    upgrade.segment === undefined &&
    upgrade.split === undefined &&
    before.every(isAnswered) &&
    after.every(isAnswered)
  );
}

const wasAnswered = ({ transcript: { upgrade, entries } }: Seen): boolean =>
  upgrade === 'secure' && entries.every(({ kind }) => kind !== 'silence' && kind !== 'stray');

function script({ scenario, transcript: { entries } }: Seen): Script {
  const { version, sni } = fullHandshake(scenario.upgrade);
  const at = entries.findIndex(({ kind }) => kind === 'handshake');
  return {
    plaintext: turns(entries.slice(0, at)),
    handshake: { version, sni: sni === true },
    secure: turns(entries.slice(at + 1)),
  };
}

/** What was sent in one go, and how many replies came before more was sent. */
function turns(entries: readonly Entry[]): readonly Turn[] {
  const made: Turn[] = [{ send: '', replies: 0 }];
  for (const entry of entries) {
    const last = made.at(-1) as Turn;
    if (entry.kind === 'received') made.splice(-1, 1, { ...last, replies: last.replies + 1 });
    else if (entry.kind === 'sent' && last.replies === 0)
      made.splice(-1, 1, { ...last, send: last.send + entry.bytes });
    else if (entry.kind === 'sent') made.push({ send: entry.bytes, replies: 0 });
  }
  return made;
}
