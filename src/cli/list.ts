/** `afresh list targets|clients|claims|faults|limits`: what there is, a line each. */

import { Argument, Command } from 'commander';
import { CLIENT_CLAIMS } from '../../properties/client/index.ts';
import { CLAIMS } from '../../properties/index.ts';
import { CLIENTS } from '../client/known.ts';
import { LIMITS } from '../limits/names.ts';
import { VARIANTS } from '../targets/reference/named.ts';
import { TARGETS } from '../targets/registry.ts';

type Row = readonly [name: string, title: string];

/** In lower case, as it is said on the command line, and what it lists. */
const LISTS = {
  targets: () => TARGETS.map(({ name, title }): Row => [name, title]),
  claims: () => [...CLAIMS, ...CLIENT_CLAIMS].map(({ id, title }): Row => [id, title]),
  clients: () => CLIENTS.map(({ name, title }): Row => [name, title]),
  limits: () => Object.entries(LIMITS).map(([name, title]): Row => [name, title]),
  faults: () => VARIANTS.map(({ name, title }): Row => [name, title]),
} as const satisfies Record<string, () => readonly Row[]>;

export function listCommand(): Command {
  return new Command('list')
    .description(`what there is: ${Object.keys(LISTS).join(', ')}`)
    .addArgument(new Argument('<what>').choices(Object.keys(LISTS)))
    .addHelpText(
      'after',
      '\nA fault NAME is checked as target reference:NAME, over real TLS as reference+tls:NAME.',
    )
    .action((what: keyof typeof LISTS) => {
      const rows = LISTS[what]();
      const width = Math.max(...rows.map(([name]) => name.length));
      for (const [name, title] of rows) process.stdout.write(`${name.padEnd(width)}  ${title}\n`);
    });
}
