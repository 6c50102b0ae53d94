/**
 * Courier: its SMTP service; mail for the domain of the lab goes into a Maildir.
 *
 * Other mail stays in its queue: it is routed to a port that nobody listens on.
 *
 * Not the default: no look-ups of names, no tarpit, AUTH offered (in plaintext too), and how many connections one
 * client may have.
 */

import { CRYPTED_PASSWORD, type LabServer, type Ports, WORLD } from './server.ts';

const ETC = '/etc/courier';
const IDS = { courier: 910 } as const;

export const courier: LabServer = {
  name: 'courier',
  title: 'Courier (Debian), AUTH in plaintext allowed',
  packages: ['courier-mta', 'courier-base', 'courier-authdaemon'],
  software: ['Courier', 'courier-mta'],
  users: IDS,
  maildirOwner: 'courier',
  folders: Object.fromEntries(
    [
      `${ETC}/aliasdir`,
      `${ETC}/filters/active`,
      `${ETC}/shared`,
      '/run/courier/authdaemon',
      ...['tmp', 'msgs', 'msgq', 'track', 'filters', 'allfilters'].map(name => `/var/lib/courier/${name}`),
    ].map(folder => [folder, 'courier']),
  ),
  links: Object.fromEntries(
    ['makedat', 'lockmail', 'maildirmake'].map(name => [`/usr/bin/${name}`, `${name}.courier`]),
  ),
  files: (ports, { key, cert }) => ({
    [`${ETC}/me`]: `${WORLD.host}\n`,
    [`${ETC}/locals`]: `${WORLD.domain}\n`,
    [`${ETC}/aliasdir/.courier-default`]: `${WORLD.maildir}\n`,
    [`${ETC}/esmtpacceptmailfor.dir/lab`]: `${WORLD.domain}\n`,
    [`${ETC}/esmtproutes`]: `:127.0.0.1,${ports.smtps}\n`,
    [`${ETC}/aliases/system`]: 'postmaster: root\n',
    [`${ETC}/esmtpd.pem`]: { text: `${key}\n${cert}\n`, mode: 0o600, owner: 'courier' },
    [`${ETC}/authdaemonrc`]: AUTHDAEMON,
    [`${ETC}/userdb`]: { text: ACCOUNT, mode: 0o600 },
    '/etc/environment': '',
    '/etc/ssl/certs/ca-certificates.crt': cert,
    '/lab/settings': settings(ports),
  }),
  prepare: [
    [
      'sh',
      '-c',
      `cat /lab/settings >> ${ETC}/esmtpd && makealiases && makeacceptmailfor && makeuserdb
      chown -R courier:courier ${ETC} /run/courier
      cd /usr/lib/courier/courier && chown courier:courier submitmkdir submit && chmod 4755 submitmkdir`,
    ],
  ],
  commands: () => [
    ['sh', '-c', SMTP_SERVICE],
    ['sh', '-c', `set -a; . ${ETC}/authdaemonrc; exec /usr/lib/courier/courier-authlib/authdaemond`],
    ['sh', '-c', `set -a; . ${ETC}/courierd; cd /usr; exec /usr/lib/courier/courier/courierd`],
  ],
  implicitTls: false,
  knownDeviations: [],
};

const AUTHDAEMON = `authmodulelist="authuserdb"
authmodulelistorig="authuserdb"
daemons=2
authdaemonvar=/run/courier/authdaemon
DEBUG_LOGIN=0
`;

const ACCOUNT = `${WORLD.user}\tuid=${IDS.courier}|gid=${IDS.courier}|home=/var/empty|systempw=${CRYPTED_PASSWORD}\n`;

const settings = ({ smtp }: Ports): string => `
PORT=127.0.0.1.${smtp}
BOFHCHECKDNS=0
TARPIT=0
MAXDAEMONS=200
MAXPERC=200
MAXPERIP=200
ULIMIT=262144
ACCESSFILE=
TCPDOPTS="-noidentlookup -nodnslookup"
ESMTPAUTH="PLAIN LOGIN"
ESMTPAUTH_TLS="PLAIN LOGIN"
`;

/** What its start script does, in the foreground. */
const SMTP_SERVICE = `set -a
prefix=/usr exec_prefix=/usr sysconfdir=${ETC} sbindir=/usr/sbin
. ${ETC}/esmtpd
cd /usr
exec /usr/sbin/couriertcpd $TCPDOPTS -user=$MAILUSER -group=$MAILGROUP -maxprocs=$MAXDAEMONS -maxperc=$MAXPERC \\
  -maxperip=$MAXPERIP $PORT /usr/sbin/courieresmtpd`;
