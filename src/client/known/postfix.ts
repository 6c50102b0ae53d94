/**
 * Postfix as a client: an instance of its own for each message, with the services that it takes to relay one.
 *
 * Not the default: no look-ups, short time limits, and what would go back to the sender is discarded.
 */

import { SERVICES, postfix as server } from '../../targets/lab/postfix.ts';
import type { Order } from '../launch.ts';
import type { Agent } from './agent.ts';
import { HELO, PATIENCE } from './settings.ts';

export const postfix: Agent = {
  server,
  title: 'Postfix with smtp_tls_security_level secure, or may',
  wishes: ['required', 'opportunistic'],
  impatient: true,
  files: order => ({ 'main.cf': settings(order), 'master.cf': services, 'dynamicmaps.cf': '' }),
  deliver: ({ from, to }) => `
mkdir -p queue/pid
for folder in active bounce corrupt defer deferred flush hold incoming private saved trace; do
  install -d -m 700 -o postfix queue/$folder
done
install -d -m 730 -o postfix -g postdrop queue/maildrop
install -d -m 710 -o postfix -g postdrop queue/public
install -d -o postfix data
# It waits until its configuration has been left alone for a while.
touch -d '1 hour ago' main.cf master.cf
/usr/lib/postfix/sbin/master -c /home &
until [ -S queue/public/pickup ]; do sleep 0.01; done
sendmail -C /home -oi -N failure -f '${from}' '${to}' <message.txt
until grep -q 'to=<${to}>.* status=' mail.log; do sleep 0.01; done
cat mail.log
grep -q 'to=<${to}>.* status=sent' mail.log
`,
};

const TIMEOUTS = [
  'connect',
  'helo',
  'starttls',
  'mail',
  'rcpt',
  'data_init',
  'data_xfer',
  'data_done',
  'quit',
  'rset',
];

const settings = ({ host, port, tls, user, password, to, errand }: Order): string => `
compatibility_level = 3.6
maillog_file = /home/mail.log
maillog_file_prefixes = /home
queue_directory = /home/queue
data_directory = /home/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
myhostname = ${HELO}
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
alias_maps =
alias_database =
disable_dns_lookups = yes
smtp_host_lookup = native
transport_maps = inline:{ { ${to.split('@')[1]} = smtp:[${host}]:${port} } }
default_transport = discard
smtp_tls_security_level = ${tls === 'required' ? 'secure' : 'may'}
smtp_tls_secure_cert_match = hostname
smtp_tls_CAfile = /home/ca.pem
smtp_sasl_auth_enable = ${errand.login === true ? 'yes' : 'no'}
smtp_sasl_password_maps = static:${user}:${password}
smtp_sasl_security_options =
${TIMEOUTS.map(name => `smtp_${name}_timeout = ${PATIENCE}`).join('\n')}
`;

/** And what relays a message, or does not. */
const services = `
${SERVICES}
discard unix - - n - - discard
smtp unix - - n - - smtp
`;
