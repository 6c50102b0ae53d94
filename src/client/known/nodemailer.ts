/** Sends one message with nodemailer; the variant is the name that its version is installed under. */

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
    await transport.sendMail({ envelope: { from: order.from, to: [order.to] }, raw: letter(order) });
  } finally {
    transport.close();
  }
}
