/**
 * Postfix: virtual Maildir, Cyrus SASL.
 *
 * Not the default: AUTH in plaintext (`smtpd_tls_auth_only`), no delay after an error (`smtpd_error_sleep_time`), no
 * limit on how many connections one client may have. The limits within a session are the default ones.
 */

import { type LabServer, type Ports, SASL_ACCOUNT, WORLD } from './server.ts';

const USERS = { postfix: 901, postdrop: 902, vmail: 903 } as const;

export const postfix: LabServer = {
  name: 'postfix',
  title: 'Postfix (Debian), AUTH in plaintext allowed',
  packages: ['postfix', 'libsasl2-modules', 'sasl2-bin'],
  software: ['Postfix', 'postfix'],
  users: USERS,
  maildirOwner: 'vmail',
  folders: { '/var/lib/postfix': 'postfix' },
  files: ports => ({
    '/etc/postfix/main.cf': settings(),
    '/etc/postfix/master.cf': services(ports),
    '/etc/postfix/dynamicmaps.cf': '',
    '/etc/postfix/sasl/smtpd.conf':
      'pwcheck_method: auxprop\nauxprop_plugin: sasldb\nmech_list: PLAIN LOGIN\n',
  }),
  prepare: [SASL_ACCOUNT, ['chown', 'postfix', '/etc/sasldb2']],
  commands: () => [['postfix', 'start-fg']],
  implicitTls: true,
  knownDeviations: [],
};

const settings = (): string => `
compatibility_level = 3.6
maillog_file = /dev/stdout
queue_directory = /var/spool/postfix
data_directory = /var/lib/postfix
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
myhostname = ${WORLD.host}
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
# Not our own address: a client on it would be let relay.
mynetworks = 127.0.0.2/32
default_transport = virtual:
relay_transport = virtual:
disable_dns_lookups = yes
smtpd_peername_lookup = no
virtual_mailbox_domains = ${WORLD.domain}
virtual_mailbox_base = ${WORLD.maildir}
virtual_mailbox_maps = static:./
virtual_uid_maps = static:${USERS.vmail}
virtual_gid_maps = static:${USERS.vmail}
alias_maps =
alias_database =
smtpd_tls_cert_file = ${WORLD.cert}
smtpd_tls_key_file = ${WORLD.key}
smtpd_tls_security_level = may
smtpd_tls_auth_only = no
smtpd_tls_received_header = yes
smtpd_sasl_auth_enable = yes
smtpd_sasl_path = smtpd
smtpd_relay_restrictions = permit_sasl_authenticated, reject_unauth_destination
smtpd_error_sleep_time = 0
smtpd_client_connection_count_limit = 0
smtpd_client_connection_rate_limit = 0
`;

/**
 * What any instance takes, by type, private, unprivileged, chroot, wakeup, process limit and command. None is in a chroot.
 */
export const SERVICES = `
postlog unix-dgram n - n - 1 postlogd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
proxymap unix - - n - - proxymap
error unix - - n - - error
retry unix - - n - - error
`.trim();

const services = ({ smtp, smtps }: Ports): string => `
127.0.0.1:${smtp} inet n - n - - smtpd
127.0.0.1:${smtps} inet n - n - - smtpd -o smtpd_tls_wrappermode=yes
${SERVICES}
verify unix - - n - 1 verify
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
`;
