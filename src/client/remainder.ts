/**
 * What is left of a script when all is taken out that findings which stand rest on. A difference that is gone with
 * it is theirs. Pure.
 */

import { omit } from '../reduce.ts';
import type { ClientFinding } from './finding.ts';
import { knowledge, WIDE } from './fingerprint.ts';
import {
  CLEAN,
  type Glue,
  hasGlue,
  isClean,
  isOffer,
  type Script,
  type Step,
  type Upgrade,
} from './script.ts';

/** The very same script where no finding has anything to do with it. */
export function remainder(script: Script, findings: readonly ClientFinding[]): Script {
  return findings.reduce((rest, finding) => without(rest, finding), script);
}

function without(
  script: Script,
  { script: { before, upgrade }, deviation, fingerprint }: ClientFinding,
): Script {
  const wide = fingerprint === WIDE[deviation.claim];
  if (!isClean(upgrade)) {
    const rest = hasGlue(upgrade)
      ? unglued(script.upgrade, wide ? ALL : kindsOf(upgrade))
      : usual(script.upgrade, upgrade);
    return rest === script.upgrade ? script : { ...script, upgrade: rest };
  }
  const kept = new Set(before.map(knowledge));
  const left = script.before.filter(step => !kept.has(knowledge(step)) && !(wide && isOffer(step)));
  return left.length === script.before.length ? script : { ...script, before: left };
}

/** The usual answer to STARTTLS, where that is out of the ordinary as in the finding. */
function usual(upgrade: Upgrade, { code, lines }: Upgrade): Upgrade {
  const isAlike = (lines > 1 && upgrade.lines > 1) || (code !== CLEAN.code && code === upgrade.code);
  return isAlike ? { ...upgrade, code: CLEAN.code, lines: CLEAN.lines } : upgrade;
}

/** What there may be behind the 220. */
interface Kinds {
  readonly lines: boolean;
  readonly fragment: boolean;
}

const ALL: Kinds = { lines: true, fragment: true };

function kindsOf({ glued, segment }: Upgrade): Kinds {
  const glues = [glued, segment].filter(glue => glue !== undefined);
  return {
    lines: glues.some(({ lines }) => lines.length > 0),
    fragment: glues.some(({ fragment }) => fragment !== undefined),
  };
}

function unglued(upgrade: Upgrade, kinds: Kinds): Upgrade {
  let rest = upgrade;
  for (const where of ['glued', 'segment'] as const) {
    const glue = rest[where];
    const left = glue === undefined ? glue : less(glue, kinds);
    if (left === glue) continue;
    rest = left === undefined ? omit(rest, where) : { ...rest, [where]: left };
  }
  return rest;
}

function less(glue: Glue, kinds: Kinds): Glue | undefined {
  const lines = kinds.lines ? [] : glue.lines;
  const fragment = kinds.fragment ? undefined : glue.fragment;
  if (lines.length === 0 && fragment === undefined) return undefined;
  if (lines.length === glue.lines.length && fragment === glue.fragment) return glue;
  return { lines, ...(fragment === undefined ? {} : { fragment }) };
}

/** What may be out of the ordinary about an upgrade, each with what it is called, if it is, and the upgrade without it. */
const ODDITIES: readonly {
  readonly of: (upgrade: Upgrade) => string | undefined;
  readonly without: (upgrade: Upgrade) => Upgrade;
}[] = [
  {
    of: ({ code }) => (code === CLEAN.code ? undefined : String(code)),
    without: upgrade => ({ ...upgrade, code: CLEAN.code }),
  },
  {
    of: ({ lines }) => (lines > CLEAN.lines ? 'lines' : undefined),
    without: upgrade => ({ ...upgrade, lines: CLEAN.lines }),
  },
  {
    of: upgrade => (hasGlue(upgrade) ? 'glue' : undefined),
    without: upgrade => omit(omit(omit(upgrade, 'glued'), 'segment'), 'later'),
  },
  { of: ({ unanswered }) => unanswered, without: upgrade => omit(upgrade, 'unanswered') },
  {
    of: ({ handshake }) =>
      handshake.kind === 'failed'
        ? handshake.how
        : handshake.certificate === 'right'
          ? undefined
          : handshake.certificate,
    without: upgrade => ({ ...upgrade, handshake: CLEAN.handshake }),
  },
];

/** What a server does that is no offer. */
const deeds = (steps: readonly Step[]): ReadonlySet<string> =>
  new Set(steps.filter(step => !isOffer(step)).map(knowledge));

const areIn = (some: ReadonlySet<string>, steps: readonly Step[]): boolean => {
  const all = deeds(steps);
  return [...some].every(deed => all.has(deed));
};

/**
 * A script without what stands in the way of TLS in a finding, be it anywhere; the very same where not all of that is in it.
 * What is offered stands in nobody's way.
 */
export function unhindered(script: Script, { script: cause }: Pick<ClientFinding, 'script'>): Script {
  const odd = ODDITIES.filter(({ of }) => of(cause.upgrade) !== undefined);
  const [before, after] = [deeds(cause.before), deeds(cause.after)];
  const isIn =
    odd.every(({ of }) => of(cause.upgrade) === of(script.upgrade)) &&
    areIn(before, script.before) &&
    areIn(after, script.after);
  if (!isIn || odd.length + before.size + after.size === 0) return script;
  return {
    ...script,
    before: script.before.filter(step => !before.has(knowledge(step))),
    upgrade: odd.reduce((rest, { without }) => without(rest), script.upgrade),
    after: script.after.filter(step => !after.has(knowledge(step))),
  };
}
