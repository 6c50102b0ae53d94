/**
 * Faults of the parameters of MAIL: the transaction of the plaintext is forgotten, and one of its parameters goes on.
 *
 * Servers keep them beside the envelope, as flags of the connection, and forget the one without the other.
 */

import { parsePath } from '../../../smtp/command.ts';
import type { Context } from '../behaviour.ts';
import { type Fault, fault } from './fault.ts';

/** What the MAIL of the transaction that was open in plaintext said under this keyword. */
const saidBefore = ({ beforeTls }: Context, keyword: string): string | undefined =>
  beforeTls?.sender?.parameters[keyword];

const isAscii = (text: string): boolean => ![...text].some(character => character > '\x7f');

export const PARAMETERS: readonly Fault[] = [
  fault('stale', 'keeps-binarymime', 'DATA is refused in TLS if the MAIL of the plaintext said BINARYMIME', {
    judge: (event, _argument, context) =>
      event === 'data' &&
      context.session.recipients.length > 0 &&
      saidBefore(context, 'BODY') === 'BINARYMIME'
        ? { code: 503, enhanced: '5.5.1', lines: ['BINARYMIME needs BDAT'] }
        : 'sound',
  }),
  fault(
    'stale',
    'keeps-size',
    'a message in TLS is too long if the MAIL of the plaintext declared less than 100 bytes',
    {
      answer: (sound, event, context) =>
        (event === 'data' || event === 'bdat') &&
        sound.code === 250 &&
        Number(saidBefore(context, 'SIZE') ?? Number.POSITIVE_INFINITY) < 100
          ? { code: 552, enhanced: '5.3.4', lines: ['Message longer than declared'] }
          : sound,
    },
  ),
  fault(
    'grant',
    'keeps-smtputf8',
    'addresses beyond ASCII are taken in TLS if the MAIL of the plaintext said SMTPUTF8',
    {
      judge: (event, argument, context) => {
        const path = event === 'rcpt' ? parsePath(argument, 'TO') : undefined;
        if (path === undefined || isAscii(path.address) || context.session.sender === undefined)
          return 'sound';
        const isAllowed =
          'SMTPUTF8' in context.session.sender.parameters || saidBefore(context, 'SMTPUTF8') !== undefined;
        return isAllowed
          ? 'sound'
          : { code: 553, enhanced: '5.6.7', lines: ['Addresses beyond ASCII need SMTPUTF8'] };
      },
    },
  ),
];
