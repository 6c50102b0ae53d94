/** The reference server on standard input and output: `stdio-server.ts [PEER] [stay]`. It may stay when it is left. */

import net from 'node:net';
import tls from 'node:tls';
import { selfSigned } from '../../src/targets/certificate.ts';
import { newHookRecord } from '../../src/targets/hook-record.ts';
import { BOUNDS, serve } from '../../src/targets/reference/connection.ts';
import { serverOptions } from '../../src/targets/reference/options.ts';
import { peerOptions } from './peers.ts';

const [, , peer = '', stay] = process.argv;
const context = tls.createSecureContext({
  ...(await selfSigned(['localhost'])),
  sessionIdContext: 'afresh',
  // The same in each process, so that a ticket of one resumes its session in another.
  ticketKeys: Buffer.alloc(48, 'afresh'),
});

if (stay !== undefined) setInterval(() => {}, 1_000);
const house = { options: serverOptions(peerOptions(peer)), context, bounds: BOUNDS, calls: newHookRecord() };
serve(new net.Socket({ fd: 0 }), house, false);
