/**
 * Work side by side, or a piece of it by itself: who wants to be alone waits for the others to end, and they for it.
 *
 * It knows nothing of what the work is, and sets no limit on how much of it is done at once.
 */

export interface Turns {
  /** Beside others, as soon as nobody is alone, or waits to be. */
  among<T>(work: () => Promise<T>): Promise<T>;
  /** When those who came before are through, and with nobody beside it. */
  alone<T>(work: () => Promise<T>): Promise<T>;
}

export function newTurns(): Turns {
  let underWay = 0;
  /** The last of those who are alone, or will be. */
  let apart: Promise<unknown> | undefined;
  let idle: () => void = () => {};

  const allEnded = (): Promise<void> =>
    new Promise(resolve => {
      if (underWay === 0) resolve();
      else idle = resolve;
    });

  return {
    async among(work) {
      while (apart !== undefined) await apart;
      underWay++;
      try {
        return await work();
      } finally {
        underWay--;
        if (underWay === 0) idle();
      }
    },
    alone(work) {
      const done = Promise.resolve(apart).then(allEnded).then(work);
      const over = done
        .catch(() => {})
        .then(() => {
          if (apart === over) apart = undefined;
        });
      apart = over;
      return done;
    },
  };
}
