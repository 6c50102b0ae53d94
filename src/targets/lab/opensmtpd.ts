/**
 * OpenSMTPD: relays what it accepts to the sink.
 *
 * From Debian 13, since the build of Debian 12 completes no handshake here. Nothing but addresses and the account
 * is set; AUTH is offered in TLS only.
 */

import { CRYPTED_PASSWORD, type LabServer, type Ports, WORLD } from './server.ts';

export const opensmtpd: LabServer = {
  name: 'opensmtpd',
  title: 'OpenSMTPD (Debian 13)',
  suite: 'trixie',
  packages: ['opensmtpd'],
  software: ['OpenSMTPD', 'opensmtpd'],
  users: { opensmtpd: 905, opensmtpq: 906 },
  folders: { '/var/lib/opensmtpd/empty': 'root', '/var/spool/smtpd': 'root' },
  files: (ports, { cert }) => ({
    '/etc/smtpd.conf': configuration(ports),
    '/etc/smtpd-accounts': `${WORLD.user} ${CRYPTED_PASSWORD}\n`,
    '/etc/mailname': `${WORLD.host}\n`,
    // Asked for by the client side, though it relays without TLS.
    '/etc/ssl/certs/ca-certificates.crt': cert,
  }),
  prepare: [['chmod', '711', '/var/spool/smtpd', '/var/lib/opensmtpd/empty']],
  commands: () => [['smtpd', '-d', '-f', '/etc/smtpd.conf']],
  implicitTls: true,
  knownDeviations: [],
};

const configuration = ({ smtp, smtps, sink }: Ports): string => `
pki ${WORLD.host} cert "${WORLD.cert}"
pki ${WORLD.host} key "${WORLD.key}"
table accounts file:/etc/smtpd-accounts
listen on 127.0.0.1 port ${smtp} tls pki ${WORLD.host} auth-optional <accounts> hostname ${WORLD.host}
listen on 127.0.0.1 port ${smtps} smtps pki ${WORLD.host} auth-optional <accounts> hostname ${WORLD.host}
action "sink" relay host smtp+notls://127.0.0.1:${sink}
match from any for domain "${WORLD.domain}" action "sink"
match auth from any for any action "sink"
`;
