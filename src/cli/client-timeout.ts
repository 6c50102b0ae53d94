/** `--client-timeout`, of the commands that start clients. */

import type { Command } from 'commander';
import { USUAL_LIMIT } from '../client/run.ts';
import { duration } from './options.ts';

export interface ClientTimeoutFlags {
  readonly clientTimeout?: number;
}

/** `besides`: what else comes of it where it is said. */
export const addClientTimeout = (command: Command, besides = ''): Command =>
  command.option(
    '--client-timeout <duration>',
    `when a client is stopped (10s unless said). Said, the client may take longer for each word, too${besides}`,
    duration,
  );

/** Milliseconds until a client is stopped. */
export const clientLimitOf = ({ clientTimeout }: ClientTimeoutFlags): number => clientTimeout ?? USUAL_LIMIT;
