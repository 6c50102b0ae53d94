/**
 * Dovecot's submission service: it takes mail from those who have logged in, and hands the session on to the sink.
 *
 * Not the default: AUTH in plaintext (`disable_plaintext_auth`), no delay after a failed AUTH, a static account.
 */

import { type LabServer, type Ports, WORLD } from './server.ts';

export const dovecot: LabServer = {
  name: 'dovecot',
  title: 'Dovecot submission (Debian), AUTH in plaintext allowed',
  packages: ['dovecot-submissiond', 'dovecot-core'],
  software: ['Dovecot', 'dovecot-submissiond'],
  users: { dovecot: 908, dovenull: 909, vmail: 903 },
  folders: { '/lab/home': 'vmail' },
  files: ports => ({ '/etc/dovecot/dovecot.conf': configuration(ports) }),
  commands: () => [['dovecot', '-F']],
  implicitTls: true,
  knownDeviations: [],
};

const configuration = ({ smtp, smtps, sink }: Ports): string => `
protocols = submission
listen = 127.0.0.1
hostname = ${WORLD.host}
base_dir = /run/dovecot
log_path = /dev/stderr
ssl = yes
ssl_cert = <${WORLD.cert}
ssl_key = <${WORLD.key}
disable_plaintext_auth = no
auth_mechanisms = plain login
auth_failure_delay = 0
submission_relay_host = 127.0.0.1
submission_relay_port = ${sink}
mail_location = maildir:/lab/home
mail_max_userip_connections = 200
passdb {
  driver = static
  args = user=${WORLD.user} password=${WORLD.password}
}
userdb {
  driver = static
  args = uid=vmail gid=vmail home=/lab/home
}
service anvil {
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
service submission-login {
  inet_listener submission {
    port = ${smtp}
  }
  inet_listener submissions {
    port = ${smtps}
    ssl = yes
  }
  process_min_avail = 2
  service_count = 0
}
`;
