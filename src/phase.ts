/**
 * Steps → the phase of the machine that they lead to, on a server without policy of its own.
 *
 * Knows the alphabet and the table of `smtp/machine.ts`; no server, no transcript. Pure.
 */

import type { Step, StepKind } from './scenario.ts';
import { type Event, MACHINE, type Phase } from './smtp/machine.ts';

const eventOf = (step: Step): Event | undefined => {
  if (step.kind === 'bdat') return step.last === true ? 'bdat-last' : 'bdat';
  if (step.kind === 'line') return 'unknown';
  return step.kind === 'bytes' || step.kind === 'pause' || step.kind === 'close' ? undefined : step.kind;
};

/** Whether a step of the kind is in order in the phase. */
export function isInOrder(phase: Phase, kind: StepKind): boolean {
  if (phase === 'auth') return true;
  if (kind === 'line' || kind === 'bytes' || kind === 'pause' || kind === 'close') return false;
  return MACHINE[phase][kind].kind === 'in-order';
}

/** The phase behind these steps. */
export const phaseAfter = (steps: readonly Step[], from: Phase = 'start'): Phase =>
  steps.reduce(phaseBehind, from);

/** The phase that a server without policy of its own is in behind the step. */
export function phaseBehind(phase: Phase, step: Step): Phase {
  const event = eventOf(step);
  if (event === undefined) return phase;
  if (phase === 'auth') return 'greeted';
  if (step.kind === 'auth' && step.answer === 'open' && phase === 'greeted') return 'auth';
  if (step.kind === 'rcpt' && step.foreign === true) return phase;
  // One that is not the last is refused: for its parameter, or where it stands.
  if (step.kind === 'starttls') return phase;
  const cell = MACHINE[phase][event];
  return cell.kind === 'in-order' ? cell.next : phase;
}
