/** What is put before a message: the trace header (RFC 5321, section 4.4), and the envelope for those who compare. Pure. */

import type { Session } from '../../smtp/session.ts';
import { protocolOf, type ServerOptions } from './options.ts';

export function trace(
  { greeting, proxy, login, sender, recipients }: Session,
  secure: boolean,
  options: ServerOptions,
): string {
  const via = Object.entries(proxy ?? {}).map(([key, value]) => `${key}=${value}`);
  const protocol = greeting?.verb === 'HELO' ? 'SMTP' : protocolOf(options);
  const kind = `${protocol}${secure ? 'S' : ''}${login === undefined ? '' : 'A'}`;
  return [
    `Return-Path: <${sender?.address ?? ''}>`,
    `Received: from ${greeting?.name ?? 'unknown'}${proxy === undefined ? '' : ` (${via.join(' ')})`} by ${options.name} with ${kind}`,
    `X-Envelope: ${JSON.stringify({ sender, recipients })}`,
  ].join('\r\n');
}
