/** The servers of the lab, each from Debian's packages. To add one: a file of data beside this, and a line here. */

import { aiosmtpd } from './aiosmtpd.ts';
import { chasquid } from './chasquid.ts';
import { courier } from './courier.ts';
import { dovecot } from './dovecot.ts';
import { dovecotLmtp } from './dovecot-lmtp.ts';
import { exim } from './exim.ts';
import { nginx } from './nginx.ts';
import { opensmtpd } from './opensmtpd.ts';
import { postfix } from './postfix.ts';
import { qpsmtpd } from './qpsmtpd.ts';
import { sendmail, sendmailBs } from './sendmail.ts';
import type { LabServer } from './server.ts';

export const LAB_SERVERS: readonly LabServer[] = [
  aiosmtpd,
  chasquid,
  courier,
  dovecot,
  dovecotLmtp,
  exim,
  nginx,
  opensmtpd,
  postfix,
  qpsmtpd,
  sendmail,
  sendmailBs,
];
