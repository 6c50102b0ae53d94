/** How a challenge of AUTH is answered. Pure; it knows neither base64 nor lines, nor who asks. */

import { createHmac } from 'node:crypto';

/** `user digest`: what the client answers to a challenge of CRAM-MD5 (RFC 2195, section 2); one character a byte. */
export function cramMd5(user: string, password: string, challenge: string): string {
  const digest = createHmac('md5', Buffer.from(password, 'latin1')).update(challenge, 'latin1').digest('hex');
  return `${user} ${digest}`;
}
