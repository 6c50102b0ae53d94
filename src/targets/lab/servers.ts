/** The servers of the lab, each from Debian's packages. To add one: a file of data beside this, and a line here. */

import { aiosmtpd } from './aiosmtpd.ts';
import { exim } from './exim.ts';
import { postfix } from './postfix.ts';
import type { LabServer } from './server.ts';

export const LAB_SERVERS: readonly LabServer[] = [aiosmtpd, exim, postfix];
