/** aiosmtpd, with the handler of `aiosmtpd.py`, which delivers into a Maildir and reports Session and Envelope. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { labTarget, WORLD } from './server.ts';

const PROGRAM = '/lab/server.py';

export const aiosmtpd = labTarget({
  name: 'aiosmtpd',
  title: 'aiosmtpd (Debian), AUTH in plaintext allowed',
  packages: ['python3-aiosmtpd'],
  software: ['aiosmtpd', 'python3-aiosmtpd'],
  maildirOwner: 'root',
  files: () => ({ [PROGRAM]: readFileSync(join(import.meta.dirname, 'aiosmtpd.py'), 'utf8') }),
  commands: ({ smtp, smtps }) => [
    [
      '/usr/bin/python3',
      '-u',
      PROGRAM,
      WORLD.maildir,
      WORLD.host,
      WORLD.cert,
      WORLD.key,
      String(smtp),
      String(smtps),
      WORLD.user,
      WORLD.password,
      WORLD.domain,
    ],
  ],
  offers: { implicitTls: true, login: true, handlerStates: true },
  knownDeviations: [],
});
