/** The command that shows a finding of a campaign again: what the campaign file says of the target, said as flags. Pure. */

import { shellWord } from '../report/shell.ts';
import type { TargetEntry } from './file.ts';

const FLAGS = {
  rcpt: '--rcpt',
  helo: '--helo',
  authorised: '--authorised',
  implicitTls: '--implicit-tls',
  maildir: '--maildir',
  sink: '--sink',
} as const satisfies Partial<Record<keyof TargetEntry, string>>;

export function replayCommand(file: string, entry: TargetEntry): string {
  const flags = Object.entries(FLAGS).flatMap(([name, flag]) => {
    const value = entry[name as keyof typeof FLAGS];
    return value === undefined ? [] : [flag, shellWord(String(value))];
  });
  return ['afresh replay', shellWord(file), ...flags, ...login(entry)].join(' ');
}

/** A password of the environment is taken from there again; one that stands in the file is shown to nobody. */
function login({ auth }: TargetEntry): readonly string[] {
  if (auth === undefined) return [];
  const [user = '', variable] = auth.split(/:(?=\$)/);
  const plainUser = shellWord(user.replace(/:.*/s, ''));
  return ['--auth', variable === undefined ? `${plainUser}:PASSWORD` : `${plainUser}:"${variable}"`];
}
