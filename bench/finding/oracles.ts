/**
 * `npm run bench:oracles`: each claim switched off in turn, and the faults that nothing else finds; writes
 * docs/oracles.md.
 *
 * Once with all that a target in the same process shows (the mail it delivers, what its hooks are given), and once
 * with the wire alone, as for a server that is reached by its port.
 */

import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { CLAIMS } from '../../properties/index.ts';
import type { Claim } from '../../src/claim.ts';
import type { Connection } from '../../src/drivers/driver.ts';
import type { Fault } from '../../src/targets/reference/faults/fault.ts';
import { FAULTS } from '../../src/targets/reference/faults/index.ts';
import { referenceInMemory } from '../../src/targets/reference/target.ts';
import type { RunningTarget } from '../../src/targets/target.ts';
import { type Searched, search } from './search.ts';

const SEED = 1;
const BUDGET = 6_000;
const PAGE = fileURLToPath(new URL('../../docs/oracles.md', import.meta.url));

type View = (target: RunningTarget) => RunningTarget;

const everything: View = target => target;

/** What a client sees: neither mailbox nor hooks. */
const wireAlone: View = ({ mailbox: _, ...target }) => ({
  ...target,
  driver: {
    ...target.driver,
    connect: async wait => {
      const opening = await target.driver.connect(wait);
      if (opening.kind === 'refused') return opening;
      return { kind: 'open', connection: blind(opening.connection) };
    },
  },
});

/** The connection without `handlerStates`. */
const blind = (connection: Connection): Connection => ({
  send: bytes => connection.send(bytes),
  receive: wait => connection.receive(wait),
  flushed: () => connection.flushed(),
  clientHello: request => connection.clientHello(request),
  handshake: (request, early, wait) => connection.handshake(request, early, wait),
  leaveTls: () => connection.leaveTls(),
  stray: () => connection.stray(),
  ticket: () => connection.ticket(),
  isOver: () => connection.isOver(),
  end: how => connection.end(how),
});

const searched = (fault: Fault, view: View, claims: readonly Claim[]): Promise<Searched> =>
  search(view(referenceInMemory(fault.options)), { seed: SEED, budget: BUDGET, claims });

/** The faults found at all, and by claim those that are missed without it. */
async function ablation(
  view: View,
): Promise<{ readonly found: number; readonly only: ReadonlyMap<string, readonly string[]> }> {
  const only = new Map<string, string[]>(CLAIMS.map(({ id }) => [id, []]));
  let found = 0;
  for (const fault of FAULTS) {
    const whole = await searched(fault, view, CLAIMS);
    if (whole.kind === 'missed') continue;
    found++;
    // Where two claims spoke at once, neither is needed for the other.
    if (whole.claims.length > 1) continue;
    const [id = ''] = whole.claims;
    const without = await searched(
      fault,
      view,
      CLAIMS.filter(claim => claim.id !== id),
    );
    if (without.kind === 'missed') only.get(id)?.push(fault.name);
  }
  return { found, only };
}

const all = await ablation(everything);
const wire = await ablation(wireAlone);
const row = ({ id }: Claim): string => {
  const [inside = [], outside = []] = [all.only.get(id), wire.only.get(id)];
  const names = outside.map(name => `\`${name}\``).join(', ');
  return `| ${id} | ${inside.length} | ${outside.length} | ${names || '-'} |`;
};

const page = `# Which oracle finds what

Written by \`npm run bench:oracles\`; do not edit.

Each of the ${FAULTS.length} planted faults (\`afresh list faults\`) is searched for in memory with seed ${SEED} and at most
${BUDGET} connections, with all claims and with each of them switched off. A fault that one claim alone finds is missed
without it. *All evidence* includes the mail that is delivered and what the application's hooks are given; *the wire
alone* is what is left for a server that is reached by its port. With all claims ${all.found} faults are found by all
evidence, and ${wire.found} on the wire alone.

| claim | only it finds, all evidence | only it finds, the wire alone | which, on the wire alone |
| ----- | --------------------------: | ----------------------------: | ------------------------ |
${CLAIMS.map(row).join('\n')}

A claim that finds nothing alone is no waste: most faults have several effects, each claim names its own in its own
words, and on a server that hides the others it is the only witness. Claims are chosen with \`--claims\`.
`;
writeFileSync(PAGE, page);
process.stdout.write(page);
