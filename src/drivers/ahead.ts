/**
 * Opens connections ahead of their use, for a server that makes every client wait for its greeting: while some connections
 * wait, others are spoken on.
 *
 * It hands out the one that waits longest, and says nothing on any of them. It knows nothing of SMTP.
 */

import type { Connection, Driver, Opening } from './driver.ts';

export interface AheadDriver extends Driver {
  /** Ends the connections that wait, and opens no more ahead. */
  close(): void;
}

/** Milliseconds that a connection waits unused before it is given up: a server has its limits for that. */
const LONGEST_WAIT = 2_000;
/** Connections begun whenever one is asked for: one in its place, and one more until there are enough. */
const BEGUN = 2;
/** What a connection that was good adds to those that may wait; one that was not takes away one. */
const TRUST = 1 / 16;

interface Waiting {
  readonly opening: Promise<Opening>;
  readonly timer: NodeJS.Timeout;
}

/** `most` connections wait at once, at most. */
export function ahead(driver: Driver, most: number): AheadDriver {
  const waiting: Waiting[] = [];
  /** A server that ends connections while they wait may have enough of us. */
  let enough = most;
  let closed = false;

  function giveUp(one: Waiting): void {
    clearTimeout(one.timer);
    void one.opening.then(opening => {
      if (opening.kind === 'open') opening.connection.end('fin');
    });
  }
  function begin(wait: number): void {
    const opening = Promise.resolve(driver.connect(wait));
    const timer = setTimeout(() => {
      const at = waiting.findIndex(one => one.opening === opening);
      giveUp(...(waiting.splice(at, 1) as [Waiting]));
    }, LONGEST_WAIT);
    waiting.push({ opening, timer });
  }
  async function longestWaiting(): Promise<Connection | undefined> {
    for (let one = waiting.shift(); one !== undefined; one = waiting.shift()) {
      clearTimeout(one.timer);
      const opening = await one.opening;
      if (opening.kind === 'open' && !opening.connection.isOver()) return opening.connection;
      enough = Math.max(0, enough - 1);
    }
    return undefined;
  }
  return {
    ...driver,
    async connect(wait) {
      enough = Math.min(most, enough + TRUST);
      const next = longestWaiting();
      for (let begun = 0; !closed && begun < BEGUN && waiting.length < Math.floor(enough); begun++)
        begin(wait);
      const connection = await next;
      return connection === undefined ? driver.connect(wait) : { kind: 'open', connection };
    },
    close() {
      closed = true;
      waiting.splice(0).forEach(giveUp);
    },
  };
}
