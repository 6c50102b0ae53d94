/** `afresh list targets|claims`: what there is, a line each. */

import { Argument, Command } from 'commander';
import { CLAIMS } from '../../properties/index.ts';
import { TARGETS } from '../targets/registry.ts';

export function listCommand(): Command {
  return new Command('list')
    .description('what there is: targets, claims')
    .addArgument(new Argument('<what>').choices(['targets', 'claims']))
    .action((what: 'targets' | 'claims') => {
      const rows =
        what === 'targets'
          ? TARGETS.map(({ name, title }) => [name, title])
          : CLAIMS.map(({ id, title }) => [id, title]);
      for (const [name = '', title = ''] of rows) process.stdout.write(`${name.padEnd(26)} ${title}\n`);
    });
}
