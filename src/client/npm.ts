/** Clients from npm, each a function in a thread. */

import { readFileSync } from 'node:fs';
import { TargetError } from '../targets/target.ts';
import type { Client } from './launch.ts';
import { threadClient } from './thread.ts';

/** The version of an installed package, which may stand under another name. */
function softwareOf(installed: string): Promise<string> {
  try {
    const file = new URL(`../../node_modules/${installed}/package.json`, import.meta.url);
    const { name, version } = JSON.parse(readFileSync(file, 'utf8')) as { name: string; version: string };
    return Promise.resolve(`${name} ${version}`);
  } catch {
    return Promise.reject(new TargetError(`${installed} is not installed: npm install ${installed}`));
  }
}

const nodemailer = (name: string, installed: string): Client =>
  threadClient({
    name,
    title: 'nodemailer with requireTLS, or without',
    wishes: ['required', 'opportunistic'],
    impatient: true,
    software: () => softwareOf(installed),
    module: new URL('./known/nodemailer.ts', import.meta.url),
    variant: installed,
  });

export const NPM_CLIENTS: readonly Client[] = [
  nodemailer('nodemailer', 'nodemailer'),
  nodemailer('nodemailer@9.0.1', 'nodemailer-9.0.1'),
  threadClient({
    name: 'emailjs',
    title: 'emailjs with tls',
    wishes: ['required'],
    impatient: true,
    software: () => softwareOf('emailjs'),
    module: new URL('./known/emailjs.ts', import.meta.url),
    variant: 'emailjs',
  }),
];
