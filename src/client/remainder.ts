/**
 * What is left of a script when all is taken out that findings which stand rest on. A difference that is gone with
 * it is theirs. Pure.
 */

import { omit } from '../reduce.ts';
import type { ClientFinding } from './finding.ts';
import { knowledge, WIDE } from './fingerprint.ts';
import { CLEAN, type Glue, hasGlue, isClean, isOffer, type Script, type Upgrade } from './script.ts';

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
