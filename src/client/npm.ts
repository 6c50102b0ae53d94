/** Clients from npm, each a function in a thread. */

import { sibling } from '../sibling.ts';
import { installed } from '../targets/npm/installed.ts';
import type { Client } from './launch.ts';
import { threadClient } from './thread.ts';

/** The version of an installed package, which may stand under another name. */
function softwareOf(packageName: string): () => Promise<string> {
  return async () => {
    const { name, version } = installed(packageName);
    return `${name} ${version}`;
  };
}

const nodemailer = (name: string, packageName: string): Client =>
  threadClient({
    name,
    title: 'nodemailer with requireTLS, or without',
    wishes: ['required', 'opportunistic'],
    impatient: true,
    software: softwareOf(packageName),
    module: sibling('known/nodemailer', import.meta.url),
    variant: packageName,
  });

export const NPM_CLIENTS: readonly Client[] = [
  nodemailer('nodemailer', 'nodemailer'),
  nodemailer('nodemailer@9.0.1', 'nodemailer-9.0.1'),
  threadClient({
    name: 'emailjs',
    title: 'emailjs with tls',
    wishes: ['required'],
    impatient: true,
    software: softwareOf('emailjs'),
    module: sibling('known/emailjs', import.meta.url),
    variant: 'emailjs',
  }),
];
