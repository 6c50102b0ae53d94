/**
 * Mail transfer agents as clients. Each run has an agent of its own with an empty queue, in the root that the lab has made
 * of its packages: it is given one message to relay, and everything of it ends with that.
 *
 * How a root is made stands in `../targets/lab/root.ts`, what an agent is told in its file in `known/`.
 */

import { fileURLToPath } from 'node:url';
import { execute } from '../targets/lab/execute.ts';
import { makeRoot } from '../targets/lab/root.ts';
import type { Agent } from './known/agent.ts';
import { exim } from './known/exim.ts';
import { opensmtpd } from './known/opensmtpd.ts';
import { postfix } from './known/postfix.ts';
import { sendmail } from './known/sendmail.ts';
import { HELO } from './known/settings.ts';
import { type Client, commandClient } from './launch.ts';

/** Namespaces of their own, whose processes all end with the first of them. */
const APART = ['unshare', '--mount', '--uts', '--pid', '--fork', '--kill-child'] as const;
const IN_ROOT = fileURLToPath(new URL('./known/in_root.sh', import.meta.url));
/** Milliseconds in which it shows whether namespaces are to be had. */
const PATIENCE = 5_000;

function agentClient({ server, title, wishes, impatient, own = [], files, deliver }: Agent): Client {
  const { name, users = {}, software } = server;
  const client = commandClient({
    name,
    title,
    wishes,
    impatient,
    line: async order => ({
      words: [...APART, 'sh', IN_ROOT, (await makeRoot(server)).tree, HELO, 'deliver', ...own],
      files: { ...accounts(users), 'ca.pem': order.ca, ...files(order), deliver: deliver(order) },
    }),
  });
  return {
    ...client,
    byName: true,
    software: async () => {
      const { versions } = await makeRoot(server);
      await execute([...APART, 'true'], { limit: PATIENCE });
      return `${software[0]} ${versions[software[1]] ?? '(version unknown)'}`;
    },
  };
}

const accounts = (users: Readonly<Record<string, number>>): Readonly<Record<string, string>> => ({
  passwd: Object.entries(users)
    .map(([name, id]) => `${name}:x:${id}:${id}::/home:/bin/sh\n`)
    .join(''),
  group: Object.entries(users)
    .map(([name, id]) => `${name}:x:${id}:\n`)
    .join(''),
});

export const AGENT_CLIENTS: readonly Client[] = [exim, postfix, sendmail, opensmtpd].map(agentClient);
