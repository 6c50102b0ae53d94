/**
 * Sends one message with nodemailer, of a known size and with a wish to be notified; the variant is the name that its
 * version is installed under.
 */

import { createRequire } from 'node:module';
import { letter, type Order } from '../launch.ts';
import { HELO, PATIENCE } from './settings.ts';

/** The part of nodemailer that is used here. */
interface Nodemailer {
  createTransport(options: object): { sendMail(message: object): Promise<unknown>; close(): void };
}

const require = createRequire(import.meta.url);

export async function send(order: Order, variant: string): Promise<void> {
  const { createTransport } = require(variant) as Nodemailer;
  const transport = createTransport({
    host: order.host,
    port: order.port,
    name: HELO,
    requireTLS: order.tls === 'required',
    tls: { ca: order.ca },
    ...(order.errand.login === true ? { auth: { user: order.user, pass: order.password } } : {}),
    connectionTimeout: PATIENCE * 1_000,
    greetingTimeout: PATIENCE * 1_000,
    socketTimeout: PATIENCE * 1_000,
  });
  try {
    const raw = letter(order);
    const size = Buffer.byteLength(raw);
    const use8BitMime = order.errand.letter === 'eight-bit';
    await transport.sendMail({
      envelope: { from: order.from, to: [order.to], size, use8BitMime },
      dsn: { notify: 'failure', return: 'headers', id: order.mark },
      raw,
    });
  } finally {
    transport.close();
  }
}
