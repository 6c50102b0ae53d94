/** A server that says just what it is told to, in plaintext and in TLS, and how long its handshakes were waited for. */

import type { Connection, Driver, Received } from '../src/drivers/driver.ts';

export interface Told {
  readonly driver: Driver;
  /** The waits that handshakes were given. */
  readonly waits: readonly number[];
}

/** It greets, says 220 to STARTTLS, and completes the handshake; then this is all that is heard, and silence behind it. */
export function told(...inTls: readonly Received[]): Told {
  const waits: number[] = [];
  const line = (text: string): Received => ({ kind: 'bytes', bytes: `${text}\r\n` });
  const connection = (): Connection => {
    const heard = [line('220 ready'), line('220 go ahead')];
    return {
      send: () => {},
      receive: () => heard.shift() ?? { kind: 'silence' },
      flushed: () => {},
      clientHello: () => 'hello',
      handshake(_request, _early, wait) {
        waits.push(wait);
        heard.push(...inTls);
        return { kind: 'completed', version: 'TLSv1.3', resumed: false };
      },
      leaveTls: () => {},
      stray: () => '',
      ticket: () => undefined,
      isOver: () => false,
      end: () => {},
    };
  };
  const driver: Driver = {
    name: 'told',
    now: () => 0,
    pause: () => {},
    connect: () => ({ kind: 'open', connection: connection() }),
  };
  return { driver, waits };
}
