/**
 * Where a target lets STARTTLS pass, learned from its answers: many refuse it in a transaction, before EHLO, or behind a
 * login, and what is refused tells nothing of what outlives TLS.
 *
 * What a session looks like to STARTTLS is a *standing*. One that was refused again and again is led out of, most of the
 * time: a policy may depend on more than this file knows. Some servers never forget that a command was said (MAIL, RSET,
 * AUTH), whatever comes after it: a *spoiler*, which is left out.
 */

import { phaseAfter } from '../phase.ts';
import type { Step, StepKind } from '../scenario.ts';

export interface Passable {
  /** Takes note of what STARTTLS behind `before` came to. */
  learn(before: readonly Step[], passed: boolean): void;
  /** `before` with what leads out of a standing in which STARTTLS does not pass, and without what spoils it for good. */
  led(before: readonly Step[]): readonly Step[];
}

/** Refusals before a standing, or a kind of step, is given up. */
const ENOUGH = 6;
/** Out of so many scenarios with suspects, one keeps one of them: it may only have stood beside a spoiler. */
const TRIAL = 4;
/** Out of so many scenarios that are led out, one says STARTTLS before, where it is refused: some servers are half-way then. */
const ASKED = 3;

export function newPassable(): Passable {
  /** How often STARTTLS was refused in a standing, and where it has ever passed. */
  const refused = new Map<string, number>();
  const passes = new Set<string>();
  const isRefused = (before: readonly Step[]): boolean => {
    const standing = standingOf(before);
    return !passes.has(standing) && (refused.get(standing) ?? 0) >= ENOUGH;
  };
  /** Kinds that were said where STARTTLS passed; and how often those were that were refused in a standing that passes. */
  const harmless = new Set<StepKind>();
  const spoiled = new Map<StepKind, number>();
  let turn = 0;
  const isSuspect = ({ kind }: Step): boolean => !harmless.has(kind) && (spoiled.get(kind) ?? 0) >= ENOUGH;
  const unspoiled = (before: readonly Step[]): readonly Step[] => {
    const suspects = [...new Set(before.filter(isSuspect).map(({ kind }) => kind))];
    if (suspects.length === 0) return before;
    turn++;
    const tried = turn % TRIAL === 0 ? suspects[(turn / TRIAL) % suspects.length] : undefined;
    return before.filter(step => step.kind === tried || !isSuspect(step));
  };
  let ways = 0;
  const ledOut = (before: readonly Step[]): readonly Step[] => {
    if (!isRefused(before)) return before;
    const led = WAYS_OUT.map(way => way(before)).find(one => !isRefused(one));
    if (led === undefined) return before;
    ways++;
    const isAsked = ways % ASKED === 0 && led.length > before.length;
    return isAsked ? led.toSpliced(before.length, 0, REFUSED) : led;
  };
  return {
    learn(before, passed) {
      const standing = standingOf(before);
      const kinds = new Set(before.map(({ kind }) => kind));
      if (passed) {
        passes.add(standing);
        for (const kind of kinds) harmless.add(kind);
        return;
      }
      refused.set(standing, (refused.get(standing) ?? 0) + 1);
      if (passes.has(standing)) for (const kind of kinds) spoiled.set(kind, (spoiled.get(kind) ?? 0) + 1);
    },
    led: before => unspoiled(ledOut(before)),
  };
}

const REFUSED: Step = { kind: 'starttls' };

/** Out of an open dialogue, a transaction, a session without EHLO, a login; then of several at once. */
const WAYS_OUT: readonly ((before: readonly Step[]) => readonly Step[])[] = [
  before => [...before, { kind: 'rset' }],
  before => [...before, { kind: 'ehlo', name: 'd' }],
  before => [...before, { kind: 'line', text: '*' }],
  before => [...withoutLogin(before)],
  before => [...withoutLogin(before), { kind: 'rset' }],
  before => [...withoutLogin(before), { kind: 'ehlo', name: 'd' }],
];

const isLogin = (step: Step): boolean => step.kind === 'auth' && step.answer === 'right';
const withoutLogin = (before: readonly Step[]): readonly Step[] => before.filter(step => !isLogin(step));

function standingOf(before: readonly Step[]): string {
  const greeting = before.findLast(({ kind }) => kind === 'ehlo' || kind === 'helo' || kind === 'lhlo');
  return `${phaseAfter(before)} ${greeting?.kind ?? 'none'} ${before.some(isLogin)}`;
}
