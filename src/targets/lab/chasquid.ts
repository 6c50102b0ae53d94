/**
 * chasquid, an SMTP server in Go: delivers through a script into the Maildir.
 *
 * AUTH is offered in TLS only. Every address of the domain is an alias of the account.
 */

import { type LabServer, type Ports, WORLD } from './server.ts';

const DELIVERY = '/lab/deliver';
const CERTIFICATES = `/etc/chasquid/certs/${WORLD.host}`;
const DOMAIN = `/etc/chasquid/domains/${WORLD.domain}`;

export const chasquid: LabServer = {
  name: 'chasquid',
  title: 'chasquid (Debian)',
  packages: ['chasquid'],
  software: ['chasquid', 'chasquid'],
  user: `${WORLD.user}@${WORLD.domain}`,
  folders: { '/var/lib/chasquid': 'root', [CERTIFICATES]: 'root', [DOMAIN]: 'root' },
  maildirOwner: 'root',
  files: ports => ({
    '/etc/chasquid/chasquid.conf': configuration(ports),
    // Debian's asks for spam filters, which are not there.
    '/etc/chasquid/hooks/post-data': { mode: 0o755, text: '#!/bin/sh\n' },
    [`${DOMAIN}/aliases`]: `*: ${WORLD.user}\n`,
    [DELIVERY]: {
      mode: 0o755,
      text: `#!/bin/sh
name=$$.$(date +%s%N)
cat >${WORLD.maildir}/tmp/$name && mv ${WORLD.maildir}/tmp/$name ${WORLD.maildir}/new/$name
`,
    },
  }),
  links: { [`${CERTIFICATES}/fullchain.pem`]: WORLD.cert, [`${CERTIFICATES}/privkey.pem`]: WORLD.key },
  prepare: [['chasquid-util', 'user-add', `${WORLD.user}@${WORLD.domain}`, `--password=${WORLD.password}`]],
  commands: () => [['chasquid', '-logfile', '/dev/stderr']],
  implicitTls: true,
  knownDeviations: [],
};

const configuration = ({ smtp, smtps }: Ports): string => `
hostname: "${WORLD.host}"
smtp_address: "127.0.0.1:${smtp}"
submission_over_tls_address: "127.0.0.1:${smtps}"
mail_delivery_agent_bin: "${DELIVERY}"
data_dir: "/var/lib/chasquid"
mail_log_path: "/dev/null"
`;
