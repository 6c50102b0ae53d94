/**
 * Sendmail: relays all mail to the sink, its smart host.
 *
 * The configuration is made by its own macros. Not the default: no look-ups of names, senders without a domain that
 * exists are accepted, and mail is taken and relayed however busy the machine is.
 */

import { type LabServer, type Ports, SASL_ACCOUNT, WORLD } from './server.ts';

export const sendmail: LabServer = {
  name: 'sendmail',
  title: 'Sendmail (Debian)',
  packages: ['sendmail-bin', 'sendmail-base', 'sendmail-cf', 'm4', 'libsasl2-modules', 'sasl2-bin'],
  software: ['Sendmail', 'sendmail-bin'],
  users: { smmta: 911, smmsp: 912 },
  folders: { '/var/spool/mqueue': 'root', '/run/sendmail/mta': 'root' },
  files: ports => ({
    '/etc/mail/lab.mc': macros(ports),
    '/etc/mail/service.switch': 'hosts files\n',
    '/etc/mail/local-host-names': '',
    '/etc/mail/trusted-users': '',
    '/etc/mail/relay-domains': `${WORLD.domain}\n`,
    '/etc/mail/sasl/Sendmail.conf': SASL,
    '/usr/lib/sasl2/Sendmail.conf': SASL,
  }),
  prepare: [
    SASL_ACCOUNT,
    ['sh', '-c', 'cd /etc/mail && m4 lab.mc > sendmail.cf'],
    ['chmod', '700', '/var/spool/mqueue'],
  ],
  commands: () => [['/usr/libexec/sendmail/sendmail', '-bD', '-q1m']],
  implicitTls: true,
  knownDeviations: [],
};

/** The same, started anew for each connection: `sendmail -bs`, as from inetd. */
export const sendmailBs: LabServer = {
  ...sendmail,
  name: 'sendmail-bs',
  title: 'Sendmail on standard input and output (Debian)',
  commands: () => [],
  perConnection: ['/usr/libexec/sendmail/sendmail', '-bs'],
  implicitTls: false,
};

const SASL = 'pwcheck_method: auxprop\nauxprop_plugin: sasldb\nmech_list: PLAIN LOGIN\n';

const macros = ({ smtp, smtps, sink }: Ports): string => `
include(\`/usr/share/sendmail/cf/m4/cf.m4')dnl
OSTYPE(\`linux')dnl
DOMAIN(\`generic')dnl
undefine(\`ALIAS_FILE')dnl
define(\`confDOMAIN_NAME', \`${WORLD.host}')dnl
define(\`confPID_FILE', \`/run/sendmail.pid')dnl
define(\`confSERVER_CERT', \`${WORLD.cert}')dnl
define(\`confSERVER_KEY', \`${WORLD.key}')dnl
define(\`confCACERT', \`${WORLD.cert}')dnl
define(\`confCACERT_PATH', \`/lab/tls')dnl
define(\`confTO_IDENT', \`0')dnl
define(\`confBIND_OPTS', \`-DNSRCH -DEFNAMES')dnl
define(\`confQUEUE_LA', \`1000')dnl
define(\`confREFUSE_LA', \`1000')dnl
define(\`confAUTH_MECHANISMS', \`PLAIN LOGIN')dnl
TRUST_AUTH_MECH(\`PLAIN LOGIN')dnl
define(\`RELAY_MAILER_ARGS', \`TCP $h ${sink}')dnl
define(\`SMART_HOST', \`relay:[127.0.0.1]')dnl
FEATURE(\`nocanonify')dnl
FEATURE(\`accept_unresolvable_domains')dnl
FEATURE(\`accept_unqualified_senders')dnl
FEATURE(\`no_default_msa')dnl
DAEMON_OPTIONS(\`Family=inet, Name=MTA, Port=${smtp}, Addr=127.0.0.1')dnl
DAEMON_OPTIONS(\`Family=inet, Name=TLSMTA, Port=${smtps}, Addr=127.0.0.1, M=s')dnl
MAILER_DEFINITIONS
MAILER(\`smtp')dnl
`;
