/** Sends one message with emailjs. */

import { letter, type Order } from '../launch.ts';
import { HELO, PATIENCE } from './settings.ts';

/** The part of emailjs that is used here. */
interface Emailjs {
  readonly SMTPClient: new (options: object) => { sendAsync(message: object): Promise<unknown> };
}

export async function send(order: Order, variant: string): Promise<void> {
  const { SMTPClient } = (await import(variant)) as Emailjs;
  const client = new SMTPClient({
    host: order.host,
    port: order.port,
    domain: HELO,
    tls: { ca: order.ca },
    timeout: PATIENCE * 1_000,
    ...(order.errand.login === true ? { user: order.user, password: order.password } : {}),
  });
  await client.sendAsync({ from: order.from, to: order.to, subject: order.mark, text: letter(order) });
}
