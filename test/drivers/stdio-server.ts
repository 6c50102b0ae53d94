/** The reference server on standard input and output: `stdio-server.ts [VARIANT] [stay]`. It may stay when it is left. */

import net from 'node:net';
import tls from 'node:tls';
import { selfSigned } from '../../src/targets/certificate.ts';
import { BOUNDS, serve } from '../../src/targets/reference/connection.ts';
import { variantOf } from '../../src/targets/reference/named.ts';
import { serverOptions } from '../../src/targets/reference/server.ts';

const [, , variant = '', stay] = process.argv;
const options = serverOptions(variant === '' ? {} : variantOf(variant).options);
const context = tls.createSecureContext({ ...(await selfSigned(['localhost'])), sessionIdContext: 'afresh' });

if (stay !== undefined) setInterval(() => {}, 1_000);
serve(new net.Socket({ fd: 0 }), { options, context, bounds: BOUNDS, statesOf: () => [] }, false);
