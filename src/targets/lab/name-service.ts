/**
 * A name service that knows no name, for servers that ask for one and wait for an answer: where nobody listens, some wait
 * until their time is up.
 *
 * It answers on an address of loopback that is the same for all who run it side by side; whoever is asked says the same.
 */

import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { TargetError } from '../target.ts';
import type { Helper } from './server.ts';

/** Where `resolv.conf` looks for it. */
export const NAME_SERVER = '127.53.53.53';
const PORT = 53;

/** Octets of the header of a message (RFC 1035, section 4.1.1). */
const HEADER = 12;
/** It is a response, recursion is at hand; and there is no such name. */
const RESPONSE = 0x80;
const NO_SUCH_NAME = 0x83;

export async function nameService(): Promise<Helper> {
  const socket = createSocket({ type: 'udp4', reuseAddr: true });
  socket.on('message', (query, { port, address }) => {
    if (query.length >= HEADER) socket.send(noSuchName(query), port, address);
  });
  socket.bind(PORT, NAME_SERVER);
  await once(socket, 'listening').catch((error: NodeJS.ErrnoException) => {
    socket.close();
    throw new TargetError(
      `the name service of the lab cannot listen on port ${PORT} of ${NAME_SERVER}: ${error.code}; end what listens there`,
      3,
    );
  });
  socket.on('error', () => {});
  return {
    port: PORT,
    async close() {
      socket.close();
      await once(socket, 'close');
    },
  };
}

/** The question itself, as an answer that holds no record. */
function noSuchName(query: Buffer): Buffer {
  const answer = Buffer.from(query);
  answer[2] = (query[2] ?? 0) | RESPONSE;
  answer[3] = NO_SUCH_NAME;
  return answer;
}
