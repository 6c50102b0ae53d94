/**
 * Where a target lets STARTTLS pass, learned from its answers: many refuse it in a transaction, before EHLO, or behind a
 * login, and what is refused tells nothing of what outlives TLS.
 *
 * What a session looks like to STARTTLS is a *standing*. One that was refused again and again is led out of, most of the
 * time: a policy may depend on more than this file knows.
 */

import type { Step } from '../scenario.ts';
import { phaseAfter } from './walk.ts';

export interface Passable {
  /** Takes note of what STARTTLS behind `before` came to. */
  learn(before: readonly Step[], passed: boolean): void;
  /** `before` with what leads out of a standing in which STARTTLS does not pass. */
  led(before: readonly Step[]): readonly Step[];
}

/** Refusals in a row before a standing is given up. */
const ENOUGH = 6;

export function newPassable(): Passable {
  /** How often STARTTLS was refused in a standing, and where it has ever passed. */
  const refused = new Map<string, number>();
  const passes = new Set<string>();
  const isRefused = (before: readonly Step[]): boolean => {
    const standing = standingOf(before);
    return !passes.has(standing) && (refused.get(standing) ?? 0) >= ENOUGH;
  };
  return {
    learn(before, passed) {
      const standing = standingOf(before);
      if (passed) passes.add(standing);
      else refused.set(standing, (refused.get(standing) ?? 0) + 1);
    },
    led(before) {
      for (const way of WAYS_OUT) {
        if (!isRefused(before)) return before;
        const led = way(before);
        if (!isRefused(led)) return led;
      }
      return before;
    },
  };
}

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
