/**
 * How many connections a second a peer takes part in, where nobody waits on purpose.
 *
 * A run that pauses, or listens for what a sound peer never says, is slow by our own choice: it says nothing of the peer's
 * speed, nor of ours. Several runs are under way at once, so the time is shared out by how long each of them took.
 */

export interface Pace {
  /** What `play` comes to; its connections are counted, and the time that it took, unless it waited on purpose. */
  timed<T>(play: () => Promise<T>, counted: (outcome: T) => Paced): Promise<T>;
  /** Connections a second in so many seconds, in which all that was timed was played. */
  perSecond(seconds: number): number;
}

export interface Paced {
  readonly connections: number;
  /** Whether we took our time in it. */
  readonly isWaiting: boolean;
}

export function newPace(): Pace {
  const whole = { connections: 0, milliseconds: 0 };
  const brisk = { connections: 0, milliseconds: 0 };
  return {
    async timed(play, counted) {
      const began = performance.now();
      const outcome = await play();
      const milliseconds = performance.now() - began;
      const { connections, isWaiting } = counted(outcome);
      for (const sum of isWaiting ? [whole] : [whole, brisk]) {
        sum.connections += connections;
        sum.milliseconds += milliseconds;
      }
      return outcome;
    },
    perSecond(seconds) {
      // Where each of them waits there is no other measure.
      const { connections, milliseconds } = brisk.connections > 0 ? brisk : whole;
      const share = whole.milliseconds > 0 ? milliseconds / whole.milliseconds : 1;
      return connections === 0 ? 0 : connections / (seconds * share);
    },
  };
}
