/**
 * No marker of what the server said before TLS comes back in TLS: no token of its greeting, its list or its answer to
 * STARTTLS, in plain text or in base64. A marker proves itself; it needs no fresh run.
 */

import type { ClientClaim } from '../../src/client/claim.ts';
import { type Glue, isOffer, type Script, type Step } from '../../src/client/script.ts';
import { tokenIn } from '../../src/nonce.ts';

/** The names that a part of a script says. */
function namesOf(steps: readonly Step[]): readonly string[] {
  return steps.flatMap(step => {
    if (step.kind === 'greeting' || step.kind === 'ready' || step.kind === 'unknown') return [step.name];
    return step.kind === 'extra' ? namesIn(step.glue) : [];
  });
}

const namesIn = ({ lines, fragment }: Glue): readonly string[] =>
  [...lines, ...(fragment === undefined ? [] : [fragment])].flatMap(({ text }) =>
    text === '' ? [] : typeof text === 'string' ? [text] : isOffer(text) ? namesOf([text]) : [],
  );

/** Names that were said before TLS only. */
function markersOf({ before, upgrade, after }: Script): readonly string[] {
  const glue = [upgrade.glued, upgrade.segment].flatMap(part => (part === undefined ? [] : namesIn(part)));
  const later = new Set(namesOf(after));
  return [...namesOf(before), ...glue].filter(name => !later.has(name));
}

export const markers: ClientClaim = {
  id: 'client-markers',
  title: 'No token of the greeting, the list or the 220 before TLS comes back in TLS',
  requirement: 'rfc3207-4.2-client-discards',
  exercised: ({ script, observation }) => observation.sessions.length > 0 && markersOf(script).length > 0,
  judge: ({ script, transcript }) => {
    const names = markersOf(script);
    if (names.length === 0) return [];
    let step = -1;
    for (const entry of transcript.entries) {
      if (!entry.secure || entry.kind !== 'said') continue;
      step++;
      const found = tokenIn(entry.text, transcript.nonce, names);
      if (found === undefined) continue;
      return [
        {
          claim: 'client-markers',
          requirement: 'rfc3207-4.2-client-discards',
          level: 'must',
          proof: 'sighting',
          step,
          used: `${entry.verb.toUpperCase()} with ${transcript.nonce}${found}, which the server said before TLS`,
          fresh: 'no value from before TLS',
          summary: `${entry.verb.toUpperCase()} in TLS holds a value that the server only said before TLS`,
          signature: `marker in ${entry.verb}`,
        },
      ];
    }
    return [];
  },
};
