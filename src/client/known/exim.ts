/**
 * Exim as a client: one message on its standard input, in SMTP so that it can be told of DSN and the like, and
 * delivered in the foreground to the one host that all is routed to.
 *
 * Not the default: short time limits, and what would go back to the sender goes nowhere.
 */

import { exim as server } from '../../targets/lab/exim.ts';
import { letter, type Order } from '../launch.ts';
import type { Agent } from './agent.ts';
import { HELO, PATIENCE } from './settings.ts';

export const exim: Agent = {
  server,
  title: 'Exim with hosts_require_tls, or without',
  wishes: ['required', 'opportunistic'],
  impatient: true,
  files: order => ({ 'exim.conf': configuration(order), dialogue: dialogue(order) }),
  // Its exit code says that it took the message, and not what has become of it.
  deliver: ({ to }) => `
install -d -o Debian-exim spool log
exim4 -C /home/exim.conf -odf -bs <dialogue
cat log/mainlog
grep -qF ' => ${to} ' log/mainlog
`,
};

const dialogue = (order: Order): string =>
  [
    `EHLO ${HELO}`,
    `MAIL FROM:<${order.from}> RET=HDRS${PARAMETER[order.errand.letter ?? 'plain']}`,
    `RCPT TO:<${order.to}> NOTIFY=FAILURE`,
    'DATA',
    `${letter(order)}.`,
    'QUIT',
    '',
  ].join('\n');

const PARAMETER = { plain: '', 'eight-bit': ' BODY=8BITMIME', 'utf8-sender': ' SMTPUTF8' } as const;

const configuration = ({ host, port, tls, user, password, to, errand }: Order): string => `
primary_hostname = ${HELO}
spool_directory = /home/spool
log_file_path = /home/log/%slog
host_lookup =
keep_environment =
smtp_enforce_sync = false
acl_smtp_rcpt = accept
dsn_advertise_hosts = *
smtputf8_advertise_hosts = *
accept_8bitmime = yes

begin routers
elsewhere:
  driver = redirect
  domains = ! ${to.split('@')[1]}
  data = :blackhole:
all:
  driver = manualroute
  route_list = * ${host}::${port} byname
  transport = smtp
  self = send

begin transports
smtp:
  driver = smtp
  allow_localhost
  connect_timeout = ${PATIENCE}s
  command_timeout = ${PATIENCE}s
  data_timeout = ${PATIENCE}s
  final_timeout = ${PATIENCE}s
  tls_verify_certificates = /home/ca.pem
  ${tls === 'required' ? 'hosts_require_tls = *\n  tls_verify_hosts = *' : ''}
  ${errand.login === true ? 'hosts_try_auth = *' : ''}

begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  client_send = ^${user}^${password}
login:
  driver = plaintext
  public_name = LOGIN
  client_send = : ${user} : ${password}
`;
