/** Messages as they arrive, kept for a while, and those who wait for one of them by a mark in its text. */

import type { Mailbox } from '../../stage.ts';

export interface Arrivals extends Mailbox {
  /** `done` is called, perhaps more than once, when the message was found or is given up. */
  arrived(text: string, done?: () => void): void;
  /** Gives up all that is kept. */
  close(): void;
}

/** Messages kept at most; runs look for theirs at once, so old ones are of no use. */
const MOST = 512;
/** Characters kept of each. */
export const KEPT_TEXT = 65_536;

interface Message {
  readonly text: string;
  readonly done: () => void;
}

export function arrivals(): Arrivals {
  const messages: Message[] = [];
  const waiting = new Set<(message: Message) => void>();
  return {
    arrived(text, done = () => {}) {
      const message: Message = { text: text.slice(0, KEPT_TEXT), done };
      messages.push(message);
      if (messages.length > MOST) messages.shift()?.done();
      for (const look of waiting) look(message);
    },
    find(mark, wait) {
      const found = messages.find(({ text }) => text.includes(mark));
      found?.done();
      if (found !== undefined || wait <= 0) return found?.text;
      return new Promise(resolve => {
        const settle = (message: Message | undefined): void => {
          clearTimeout(timer);
          waiting.delete(look);
          message?.done();
          resolve(message?.text);
        };
        const look = (message: Message): void => {
          if (message.text.includes(mark)) settle(message);
        };
        const timer = setTimeout(settle, wait, undefined);
        waiting.add(look);
      });
    },
    close() {
      for (const { done } of messages.splice(0)) done();
    },
  };
}
