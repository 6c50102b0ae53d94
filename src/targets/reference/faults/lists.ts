/** Faults of the extension list in TLS. A list that is kept whole stands in `kept.ts`. */

import type { Session } from '../../../smtp/session.ts';
import { type Fault, fault } from './fault.ts';
import { FAILED_LOGIN } from './triggers.ts';

/** The list in TLS is changed, if the plaintext session was so. */
function lists(
  name: string,
  title: string,
  holds: (beforeTls: Session) => boolean,
  changed: (sound: readonly string[], beforeTls: Session) => readonly string[],
): Fault {
  return fault('list', name, title, {
    offer: (sound, { beforeTls }) =>
      beforeTls !== undefined && holds(beforeTls) ? changed(sound, beforeTls) : sound,
  });
}

const without =
  (keyword: string) =>
  (sound: readonly string[]): readonly string[] =>
    sound.filter(line => !line.startsWith(keyword));

export const LISTS: readonly Fault[] = [
  lists(
    'list-lacks-auth-after-login',
    'AUTH is missing in TLS if a login was given in plaintext',
    ({ login }) => login !== undefined,
    without('AUTH'),
  ),
  lists(
    'list-lacks-requiretls-after-ehlo',
    'REQUIRETLS is missing in TLS if a list was made in plaintext',
    ({ greeting }) => greeting?.verb === 'EHLO',
    without('REQUIRETLS'),
  ),
  lists(
    'list-lacks-chunking-after-chunk',
    'CHUNKING is missing in TLS if BDAT was begun in plaintext',
    ({ chunks }) => chunks !== undefined,
    without('CHUNKING'),
  ),
  lists(
    'list-size-after-size',
    'SIZE is lowered in TLS by the SIZE that a plaintext MAIL declared',
    ({ sender }) => Number(sender?.parameters['SIZE'] ?? 0) > 0,
    (sound, { sender }) =>
      sound.map(line =>
        line.startsWith('SIZE') ? `SIZE ${10_485_760 - Number(sender?.parameters['SIZE'])}` : line,
      ),
  ),
  lists(
    'list-short-after-helo',
    'the list in TLS is empty if HELO was the greeting in plaintext',
    ({ greeting }) => greeting?.verb === 'HELO',
    () => [],
  ),
  fault(
    'list',
    'list-mechanisms-after-failure',
    'a mechanism is missing in TLS if a login failed in plaintext',
    {
      follow: FAILED_LOGIN.follow,
      offer: (sound, { secure, progress }) =>
        secure && progress === 1 ? sound.map(line => line.replace(' PLAIN', '')) : sound,
    },
  ),
  lists(
    'list-offers-starttls',
    'STARTTLS is offered again in TLS',
    () => true,
    sound => [...sound, 'STARTTLS'],
  ),
];
