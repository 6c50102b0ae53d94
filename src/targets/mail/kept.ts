/** Mail kept in memory by a server in this process, found again by a mark in its text. */

import type { Mailbox } from '../../stage.ts';

export interface KeptMail extends Mailbox {
  keep(text: string): void;
}

/** Messages kept at most; runs read theirs at once, so old ones are of no use. */
const MOST = 256;

export function keptMail(): KeptMail {
  const messages: string[] = [];
  return {
    keep(text) {
      messages.push(text);
      if (messages.length > MOST) messages.shift();
    },
    // The youngest first: a run asks for what it has just sent.
    find: mark => messages.findLast(text => text.includes(mark)),
  };
}
