/**
 * Opens connections ahead of their use, for a server that makes every client wait for its greeting: while some connections
 * wait, others are spoken on.
 *
 * It hands out the one that waits longest, and says nothing on any of them. It knows nothing of SMTP.
 */

import type { Connection, Driver, Opening } from './driver.ts';

export interface AheadDriver extends Driver {
  /** Ends the connections that wait, so that their places are free for others; more are opened with the next one. */
  rest(): Promise<void>;
  /** The same, and opens no more ahead. */
  close(): void;
}

/** Milliseconds that a greeted connection waits unused before it is given up: a server has its limits for that. */
const LONGEST_WAIT = 2_000;
/** Connections begun whenever one is asked for: one in its place, and one more until there are enough. */
const BEGUN = 2;
/** What each connection that is asked for adds to those that may wait; one that was no good takes away one. */
const TRUST = 1 / 16;

interface Waiting {
  readonly opening: Promise<Opening>;
  readonly timer: NodeJS.Timeout;
}

/** Milliseconds of a greeting that comes late: a run hardly takes longer without it. */
const LATE_GREETING = 40;
/** For each job, how many connections wait for such a greeting at most beside the one that is spoken on. */
const MOST_AHEAD = 3;

/** The longer the greeting takes, the more connections have to wait for it lest a job waits. */
const mostAhead = (jobs: number, delay: number): number =>
  jobs * Math.min(MOST_AHEAD, Math.ceil(delay / LATE_GREETING));

/** For so many connections in flight; undefined where the greeting comes at once, and there is nothing to wait for. */
export const aheadFor = (driver: Driver, jobs: number, delay: number): AheadDriver | undefined =>
  delay < LATE_GREETING ? undefined : ahead(driver, mostAhead(jobs, delay), delay);

/** `most` connections wait at once, at most, for a greeting that takes `delay` milliseconds; half as many once slowed down. */
export function ahead(driver: Driver, most: number, delay: number): AheadDriver {
  const waiting: Waiting[] = [];
  /** A server that ends connections while they wait may have enough of us. */
  let allowed = most;
  let enough = allowed;
  let closed = false;

  async function giveUp(one: Waiting): Promise<void> {
    clearTimeout(one.timer);
    const opening = await one.opening;
    if (opening.kind === 'open') opening.connection.end('fin');
  }
  function begin(wait: number): void {
    const opening = Promise.resolve(driver.connect(wait));
    const timer = setTimeout(() => {
      const late = waiting.find(one => one.opening === opening);
      if (late === undefined) return;
      waiting.splice(waiting.indexOf(late), 1);
      void giveUp(late);
    }, delay + LONGEST_WAIT);
    waiting.push({ opening, timer });
  }
  async function longestWaiting(): Promise<Connection | undefined> {
    for (let one = waiting.shift(); one !== undefined; one = waiting.shift()) {
      clearTimeout(one.timer);
      const opening = await one.opening;
      if (opening.kind === 'open' && !opening.connection.isOver()) return opening.connection;
      if (opening.kind === 'open') opening.connection.end('fin');
      enough = Math.max(0, enough - 1);
    }
    return undefined;
  }
  const rest = async (): Promise<void> => void (await Promise.all(waiting.splice(0).map(giveUp)));
  return {
    ...driver,
    async connect(wait) {
      enough = Math.min(allowed, enough + TRUST);
      const next = longestWaiting();
      for (let begun = 0; !closed && begun < BEGUN && waiting.length < Math.floor(enough); begun++)
        begin(wait);
      const connection = await next;
      return connection === undefined ? driver.connect(wait) : { kind: 'open', connection };
    },
    rest,
    slowDown() {
      allowed = Math.floor(allowed / 2);
      enough = Math.min(allowed, enough);
      for (const one of waiting.splice(0, waiting.length - Math.floor(enough))) void giveUp(one);
    },
    close() {
      closed = true;
      void rest();
    },
  };
}
