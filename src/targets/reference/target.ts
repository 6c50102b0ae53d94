/** The reference server as a target, in memory: sound, or bent by a fault. */

import type { HandlerState } from '../../drivers/driver.ts';
import { type MemoryServer, memoryDriver } from '../../drivers/memory.ts';
import { keptMail } from '../mail/kept.ts';
import type { RunningTarget } from '../target.ts';
import { type ServerOptions, serverOptions } from './options.ts';
import { ReferenceServer } from './server.ts';

/** `make` is for those who want to look into the server of each connection. */
export function referenceInMemory(
  options: Partial<ServerOptions> = {},
  make: (options: ServerOptions, openedAt: number) => ReferenceServer = (options, openedAt) =>
    new ReferenceServer(options, openedAt),
): RunningTarget {
  const mail = keptMail();
  const shared = serverOptions({ ...options, deliver: ({ text }) => mail.keep(text) });
  const server: MemoryServer = {
    accept(now) {
      const states: HandlerState[] = [];
      const hook = (
        name: string,
        { greeting, sender, recipients, login, proxy }: ReferenceServer['session'],
      ): void => {
        states.push({ hook: name, state: { greeting, sender, recipients, login, proxy } });
      };
      return { server: make({ ...shared, hook, now }, now()), states };
    },
  };
  return {
    address: 'memory:reference',
    software: 'afresh reference server',
    driver: memoryDriver(server),
    protocol: shared.lmtp ? 'lmtp' : 'smtp',
    login: { user: shared.user, password: shared.password },
    recipient: `*@${shared.domain}`,
    mailbox: mail,
    knownDeviations: [],
    stop: () => Promise.resolve(),
  };
}
