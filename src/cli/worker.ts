/** `afresh worker --queue URL`: takes units of campaigns from a queue, until it is stopped. */

import { availableParallelism } from 'node:os';
import { Command } from 'commander';
import { workerProcesses } from '../campaign/processes.ts';
import { work } from '../campaign/queue.ts';
import { printable } from '../report/printable.ts';
import { keepHeapSmall } from './heap.ts';
import { interruption } from './interruption.ts';
import { queueUrl, whole } from './options.ts';

interface Flags {
  readonly queue: string;
  readonly workers: number;
  readonly authorised?: string;
}

export function workerCommand(): Command {
  return new Command('worker')
    .description('take work of campaigns from a queue')
    .requiredOption('--queue <url>', 'the Redis of the campaign: redis://host:port', queueUrl)
    .option('--workers <n>', 'worker processes; one a core unless said', whole, availableParallelism())
    .option('--authorised <host>', 'states that this machine may test this host')
    .action(async ({ queue, workers, authorised }: Flags) => {
      keepHeapSmall();
      const workforce = workerProcesses(workers);
      const say = (text: string): void => void process.stderr.write(`${printable(text)}\n`);
      try {
        await work(
          { url: queue, onTrouble: say },
          workforce,
          authorised,
          interruption,
          ({ name, id }, what) => say(`${what}: ${name} (${id})`),
        );
      } finally {
        await workforce.close();
      }
    });
}
