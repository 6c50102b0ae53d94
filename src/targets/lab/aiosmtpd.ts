/** aiosmtpd, with the handler of `aiosmtpd.py`, which delivers into a Maildir and reports Session and Envelope. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { handlerReports } from './handlers.ts';
import { type LabServer, WORLD } from './server.ts';

const PROGRAM = '/lab/server.py';

export const aiosmtpd: LabServer = {
  name: 'aiosmtpd',
  title: 'aiosmtpd (Debian), AUTH in plaintext allowed',
  packages: ['python3-aiosmtpd'],
  software: ['aiosmtpd', 'python3-aiosmtpd'],
  maildirOwner: 'root',
  helper: handlerReports,
  files: () => ({ [PROGRAM]: readFileSync(join(import.meta.dirname, 'aiosmtpd.py'), 'utf8') }),
  commands: ({ smtp, smtps, helper }) => [
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
      String(helper),
      WORLD.user,
      WORLD.password,
      WORLD.domain,
    ],
  ],
  implicitTls: true,
  knownDeviations: [],
};
