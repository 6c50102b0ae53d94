/**
 * Dovecot's LMTP service (RFC 2033): it takes mail for its own accounts, and every address is one.
 *
 * Not the default: it listens on a port, where Debian has a socket in the file system, and its processes serve many
 * connections each, since they are slow to start.
 */

import { type LabServer, type Ports, WORLD } from './server.ts';

export const dovecotLmtp: LabServer = {
  name: 'dovecot-lmtp',
  title: 'Dovecot LMTP (Debian)',
  packages: ['dovecot-lmtpd', 'dovecot-core'],
  software: ['Dovecot', 'dovecot-lmtpd'],
  protocol: 'lmtp',
  users: { dovecot: 908, dovenull: 909, vmail: 903 },
  folders: { '/lab/home': 'vmail' },
  maildirOwner: 'vmail',
  files: ports => ({ '/etc/dovecot/dovecot.conf': configuration(ports) }),
  commands: () => [['dovecot', '-F']],
  implicitTls: true,
  knownDeviations: [],
};

const configuration = ({ smtp, smtps }: Ports): string => `
protocols = lmtp
listen = 127.0.0.1
hostname = ${WORLD.host}
base_dir = /run/dovecot
log_path = /dev/stderr
ssl = yes
ssl_cert = <${WORLD.cert}
ssl_key = <${WORLD.key}
mail_location = maildir:${WORLD.maildir}
passdb {
  driver = static
  args = user=${WORLD.user} password=${WORLD.password}
}
userdb {
  driver = static
  args = uid=vmail gid=vmail home=/lab/home allow_all_users=yes
}
service lmtp {
  process_min_avail = 8
  service_count = 0
  inet_listener lmtp {
    port = ${smtp}
  }
  inet_listener lmtps {
    port = ${smtps}
    ssl = yes
  }
}
`;
