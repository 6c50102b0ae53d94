/**
 * Sendmail as a client: one message on its standard input, delivered while it waits to the one domain that has a way.
 *
 * Not the default: short time limits, and PLAIN and LOGIN among the ways to log in. That TLS is required, and the name in
 * the certificate looked at, is said in the access map, as its documentation has it.
 */

import { sendmail as server } from '../../targets/lab/sendmail.ts';
import type { Agent } from './agent.ts';
import { HELO, PATIENCE } from './settings.ts';

export const sendmail: Agent = {
  server,
  title: 'Sendmail with VERIFY:112+CN:NAME in its access map, or without',
  wishes: ['required', 'opportunistic'],
  impatient: true,
  files: order => ({
    'client.mc': macros(order.port),
    'service.switch': 'hosts files\n',
    access: order.tls === 'required' ? `TLS_Srv:\tVERIFY:112+CN:${order.host}\n` : '',
    authinfo: order.errand.login === true ? `AuthInfo:\t"U:${order.user}" "P:${order.password}"\n` : '',
    mailertable: `${order.to.split('@')[1]}\tesmtp:[${order.host}]\n`,
  }),
  // Its exit code does not tell a message that was handed over from one that waits for better times.
  deliver: ({ from, to, errand }) => `
install -d -m 700 queue
chmod 600 authinfo
m4 client.mc >client.cf
for map in access authinfo mailertable; do
  /usr/libexec/sendmail/makemap -C client.cf hash $map <$map
done
/usr/libexec/sendmail/sendmail -C /home/client.cf -Am -odi -i -v -N failure -B ${errand.letter === 'eight-bit' ? '8BITMIME' : '7BIT'} -f '${from}' '${to}' <message.txt >log 2>&1
cat log
grep -q '^${to}\\.\\.\\. Sent ' log
`,
};

const TIMEOUTS = [
  ...['ICONNECT', 'CONNECT', 'INITIAL', 'HELO', 'MAIL', 'RCPT', 'DATAINIT', 'DATABLOCK', 'DATAFINAL'],
  ...['RSET', 'QUIT', 'MISC', 'STARTTLS', 'AUTH'],
];

const macros = (port: number): string => `
include(\`/usr/share/sendmail/cf/m4/cf.m4')dnl
OSTYPE(\`linux')dnl
undefine(\`ALIAS_FILE')dnl
define(\`confDOMAIN_NAME', \`${HELO}')dnl
define(\`confPID_FILE', \`/home/sendmail.pid')dnl
define(\`QUEUE_DIR', \`/home/queue')dnl
define(\`confCACERT', \`/home/ca.pem')dnl
define(\`confCACERT_PATH', \`/home')dnl
define(\`confSERVICE_SWITCH_FILE', \`/home/service.switch')dnl
define(\`confBIND_OPTS', \`-DNSRCH -DEFNAMES')dnl
define(\`confQUEUE_LA', \`1000')dnl
define(\`confAUTH_MECHANISMS', \`CRAM-MD5 PLAIN LOGIN')dnl
define(\`ESMTP_MAILER_ARGS', \`TCP $h ${port}')dnl
${TIMEOUTS.map(name => `define(\`confTO_${name}', \`${PATIENCE}s')dnl`).join('\n')}
FEATURE(\`nocanonify')dnl
FEATURE(\`accept_unresolvable_domains')dnl
FEATURE(\`no_default_msa')dnl
FEATURE(\`access_db', \`hash -T<TMPF> /home/access.db')dnl
FEATURE(\`authinfo', \`hash /home/authinfo.db')dnl
FEATURE(\`mailertable', \`hash /home/mailertable.db')dnl
MAILER_DEFINITIONS
MAILER(\`smtp')dnl
`;
