/** What a signal does to the command that is running: it stops searching, and reports. */

import { constants } from 'node:os';

const controller = new AbortController();
/** Ctrl-C, `kill`, and the end of the terminal. */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

let received: (typeof SIGNALS)[number] | undefined;

/** Aborted by the first of them. */
export const interruption: AbortSignal = controller.signal;

/** 128 + the number of the signal that came, if one came. */
export const signalExit = (): number | undefined =>
  received === undefined ? undefined : 128 + constants.signals[received];

/** Milliseconds that a command has to report what it has. */
const GRACE = 1_800;

export function listenForSignals(): void {
  for (const signal of SIGNALS) {
    process.on(signal, () => {
      // The end of the terminal is told twice: by it, and by its shell.
      if (received !== undefined && signal === 'SIGHUP') return;
      if (received !== undefined) process.exit(signalExit());
      received = signal;
      controller.abort();
      setTimeout(() => process.exit(signalExit()), GRACE).unref();
    });
  }
}
