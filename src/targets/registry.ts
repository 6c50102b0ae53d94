/** The targets that have a name, and how any TARGET of the command line becomes one. */

import { existsSync } from 'node:fs';
import { suggestion } from '../suggestion.ts';
import { addressOf, addressTarget, permit } from './address.ts';
import { describedTarget } from './described.ts';
import { type TargetOptions, withFacts } from './facts.ts';
import { labTarget } from './lab/launch.ts';
import { LAB_SERVERS } from './lab/servers.ts';
import { harakaTarget } from './npm/haraka.ts';
import { smtpServerTarget } from './npm/smtp-server.ts';
import { REFERENCE_TARGETS, referenceTarget } from './reference/named.ts';
import { type Target, TargetError } from './target.ts';

export const TARGETS: readonly Target[] = [
  ...REFERENCE_TARGETS,
  smtpServerTarget('smtp-server', 'smtp-server'),
  smtpServerTarget('smtp-server@3.19.2', 'smtp-server-3.19.2'),
  smtpServerTarget('smtp-server@3.19.17', 'smtp-server-3.19.17'),
  harakaTarget('haraka', 'haraka'),
  harakaTarget('haraka@3.1.6', 'haraka-3.1.6'),
  harakaTarget('haraka@3.1.7', 'haraka-3.1.7'),
  ...LAB_SERVERS.map(labTarget),
];

/** A registered name, an address, or a file that describes a target. What `options` say of it wins. */
export function targetOf(text: string, options: TargetOptions = {}): Target {
  return withFacts(named(text) ?? addressed(text, options) ?? described(text, options), options);
}

const named = (text: string): Target | undefined =>
  TARGETS.find(({ name }) => name === text) ?? referenceTarget(text);

function addressed(text: string, { authorised }: TargetOptions): Target | undefined {
  const address = addressOf(text);
  if (address === undefined) return undefined;
  permit(address, authorised);
  return addressTarget(text, address);
}

function described(text: string, options: TargetOptions): Target {
  if (!/\.json$/i.test(text) && !existsSync(text)) {
    const names = TARGETS.map(({ name }) => name);
    throw new TargetError(
      `${text} is no target: use smtp://host:port, a file that describes one, or a name from "afresh list targets".${suggestion(text, names)}`,
    );
  }
  return describedTarget(text, options);
}
