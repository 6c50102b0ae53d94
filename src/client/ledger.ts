/**
 * What a search of a client has come to: findings, what is in doubt, what nobody had time to look into, and the notes that
 * tell of it. What a suspicion comes to is found out by others.
 */

import { newSightings, type Sightings } from '../investigate/sightings.ts';
import type { Note } from '../note.ts';
import { type Doubts, newDoubts } from './doubts.ts';
import type { ClientFinding } from './finding.ts';
import { isNarrower, joined } from './fingerprint.ts';
import type { Script } from './script.ts';

export interface ClientLedger {
  readonly findings: readonly ClientFinding[];
  readonly notes: readonly Note[];
  readonly doubts: Doubts;
  readonly sightings: Sightings;
  /** Scripts that showed something too late to be looked into. */
  readonly late: number;
  /** It showed something, and nobody had time to look into it. */
  leave(script: Script): void;
  /** Each is told once. */
  note(...told: readonly Note[]): void;
  /** A finding, or a further sighting of the one that has its name. Those that tell of a part of it give way. */
  record(finding: ClientFinding): void;
  /** A rough finding gives way to the small one, or to one that is known by its name. */
  replace(rough: ClientFinding, small: ClientFinding): void;
}

/** `onFinding` is told each finding, and once more where it is made smaller later, maybe under another name. */
export function newClientLedger(onFinding: (finding: ClientFinding) => void): ClientLedger {
  const findings: ClientFinding[] = [];
  const notes = new Map<string, Note>();
  const sightings = newSightings();
  const late = new Set<Script>();
  return {
    findings,
    get notes() {
      return [...notes.values()];
    },
    doubts: newDoubts(),
    sightings,
    get late() {
      return late.size;
    },
    leave: script => void late.add(script),
    note(...told) {
      for (const one of told) notes.set(`${one.kind} ${one.text}`, one);
    },
    record(alone) {
      const finding = joined(alone, findings);
      const wider = findings.find(other => isNarrower(finding, other));
      sightings.add((wider ?? finding).fingerprint, finding.example, [finding.deviation]);
      if (wider !== undefined || findings.some(({ fingerprint }) => fingerprint === finding.fingerprint))
        return;
      const narrower = findings.find(other => isNarrower(other, finding));
      if (narrower !== undefined) replace(narrower, finding);
      else {
        findings.push(finding);
        onFinding(finding);
      }
    },
    replace,
  };

  function replace(rough: ClientFinding, alone: ClientFinding): void {
    const small = joined(
      alone,
      findings.filter(other => other !== rough),
    );
    const { fingerprint: withdraws } = rough;
    const known = findings.find(other => other !== rough && other.fingerprint === small.fingerprint);
    const stays = known ?? small;
    const told = stays.fingerprint === withdraws ? stays : { ...stays, withdraws };
    findings.splice(findings.indexOf(rough), 1, ...(known === undefined ? [told] : []));
    sightings.rename(withdraws, small.fingerprint);
    onFinding(told);
    const narrower = findings.find(other => isNarrower(other, stays));
    if (narrower !== undefined) replace(narrower, stays);
  }
}
