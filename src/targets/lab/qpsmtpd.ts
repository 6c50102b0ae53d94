/**
 * qpsmtpd: a Maildir, by its own plugin.
 *
 * Plugins are those that an SMTP service with TLS and AUTH needs, with their defaults; AUTH in plaintext is one of
 * them. Not the default: how many connections one client may have. It looks up a client's name in spite of its
 * `--no-rdns`, and is told that there is none.
 */

import { NAME_SERVER, nameService } from './name-service.ts';
import { type LabServer, WORLD } from './server.ts';

const ETC = '/etc/qpsmtpd';
/** Its plugin knows users with a domain only. */
const ACCOUNT = `${WORLD.user}@${WORLD.domain}`;

export const qpsmtpd: LabServer = {
  name: 'qpsmtpd',
  title: 'qpsmtpd (Debian)',
  packages: ['qpsmtpd', 'libio-socket-ssl-perl'],
  software: ['qpsmtpd', 'qpsmtpd'],
  users: { qpsmtpd: 913 },
  keyOwner: 'qpsmtpd',
  maildirOwner: 'qpsmtpd',
  folders: { '/var/spool/qpsmtpd': 'qpsmtpd' },
  helper: nameService,
  files: () => ({
    '/etc/resolv.conf': `nameserver ${NAME_SERVER}\n`,
    [`${ETC}/me`]: `${WORLD.host}\n`,
    [`${ETC}/rcpthosts`]: `${WORLD.domain}\n`,
    [`${ETC}/relayclients`]: '',
    [`${ETC}/flat_auth_pw`]: `${ACCOUNT}:${WORLD.password}\n`,
    [`${ETC}/logging`]: 'logging/warn LOGWARN\n',
    [`${ETC}/plugins`]: `
auth/auth_flat_file
tls ${WORLD.cert} ${WORLD.key} ${WORLD.cert}
count_unrecognized_commands 8
rcpt_ok
queue/maildir ${WORLD.maildir}
`,
  }),
  prepare: [['chmod', '700', '/var/spool/qpsmtpd']],
  commands: ({ smtp }) => [
    [
      'env',
      `QPSMTPD_CONFIG=${ETC}`,
      'qpsmtpd-forkserver',
      ...['-l', '127.0.0.1', '-p', String(smtp), '-u', 'qpsmtpd', '-c', '100', '-m', '100', '--no-rdns'],
    ],
  ],
  implicitTls: false,
  user: ACCOUNT,
  knownDeviations: [],
};
