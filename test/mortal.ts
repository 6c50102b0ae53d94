/** A server that one command brings down. */

import type { Driver } from '../src/drivers/driver.ts';
import { referenceInMemory } from '../src/targets/reference/target.ts';

export const FATAL = 'XDIE';

/** It ends, with all its connections, when it hears FATAL, and is started again. */
export function mortal(): ReturnType<typeof referenceInMemory> {
  const target = referenceInMemory({});
  let restarts = 0;
  const driver: Driver = {
    ...target.driver,
    restarts: () => Promise.resolve(restarts),
    async connect(wait) {
      const opening = await target.driver.connect(wait);
      if (opening.kind === 'refused') return opening;
      const { connection } = opening;
      const born = restarts;
      const { receive, send } = connection;
      // What is heard takes its time, so that other connections are under way when the server ends.
      connection.receive = async limit => {
        await new Promise(resolve => setImmediate(resolve));
        return born === restarts ? receive.call(connection, limit) : { kind: 'ended', how: 'reset' };
      };
      connection.send = bytes => {
        if (bytes.includes(FATAL)) restarts++;
        else if (born === restarts) send.call(connection, bytes);
      };
      return opening;
    },
  };
  return { ...target, driver };
}
