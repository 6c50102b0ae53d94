/**
 * OpenSMTPD as a client: a daemon of its own for each message, which is given it by its own sendmail.
 *
 * Not the default: one host for the recipient's domain, and no way for anything else. It tries the name's other address
 * first, where nobody listens; that is no attempt.
 */

import { opensmtpd as server } from '../../targets/lab/opensmtpd.ts';
import type { Order } from '../launch.ts';
import type { Agent } from './agent.ts';
import { HELO } from './settings.ts';

export const opensmtpd: Agent = {
  server,
  title: 'OpenSMTPD with smtp+tls',
  wishes: ['required'],
  impatient: false,
  own: ['/var/spool', '/var/run', '/var/lib'],
  files: order => ({
    'smtpd.conf': settings(order),
    secrets: `me ${order.user}:${order.password}\n`,
  }),
  deliver: ({ from, to }) => `
install -D -m 644 ca.pem /etc/ssl/certs/ca-certificates.crt
install -d -m 711 /var/lib/opensmtpd /var/lib/opensmtpd/empty /var/spool/smtpd
# It has to be called sendmail, and to belong to the group of the queue.
install -m 2755 -g opensmtpq /usr/sbin/smtpctl sendmail
smtpd -d -f /home/smtpd.conf >log 2>&1 &
until [ -S /var/run/smtpd.sock ]; do sleep 0.01; done
./sendmail -N failure -f '${from.replace(BEYOND_ASCII, '')}' '${to}' <message.txt || exit 1
until grep -E 'mta (delivery|disconnected|error)' log | grep -qv 'Connection refused'; do sleep 0.01; done
sleep 0.1
cat log
grep -q 'mta delivery .* result="Ok"' log
`,
};

/** Such senders it does not take, and would not come to a connection. */
const BEYOND_ASCII = /[^ -~]/g;

const settings = ({ host, port, to, errand }: Order): string => {
  const isLogin = errand.login === true;
  return `
table secrets file:/home/secrets
action out relay host "smtp+tls://${isLogin ? 'me@' : ''}${host}:${port}" \\
  helo ${HELO} ${isLogin ? 'auth <secrets>' : ''}
listen on socket
match from local for domain "${to.split('@')[1]}" action out
`;
};
