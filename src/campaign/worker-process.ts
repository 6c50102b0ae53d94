/** A worker process: performs the units that it is handed, one after the other, and ends with the process above it. */

import type { Message, Order } from './processes.ts';
import { perform, type Unit } from './unit.ts';

/** Milliseconds between two tellings of progress, and between two signs of life. */
const PROGRESS_INTERVAL = 250;
const ALIVE_INTERVAL = 2_000;

/** A campaign that is gone hears nothing, and that is no fault: `disconnect` follows. */
const tell = (message: Message): void => void process.send?.(message, undefined, undefined, () => {});
let current = new AbortController();

// Ctrl-C reaches the whole group; the campaign decides what it means, and says so.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {});
// Without a campaign there is no one to work for; `exit` lets targets stop what they started.
process.on('disconnect', () => process.exit());
setInterval(() => tell({ kind: 'alive' }), ALIVE_INTERVAL);
process.on('message', (data: unknown) => {
  const order = data as Order;
  if (order.kind === 'stop') current.abort();
  else void performAndTell(order.unit);
});

async function performAndTell(unit: Unit): Promise<void> {
  current = new AbortController();
  let told = 0;
  try {
    const report = await perform(unit, {
      signal: current.signal,
      onFinding: finding => tell({ kind: 'finding', finding }),
      onProgress: progress => {
        if (performance.now() - told < PROGRESS_INTERVAL) return;
        told = performance.now();
        tell({ kind: 'progress', progress });
      },
    });
    tell({ kind: 'report', report });
  } catch (error) {
    tell({ kind: 'failed', reason: error instanceof Error ? error.message : String(error) });
  }
}
