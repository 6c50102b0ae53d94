/** What there is to know of a mail transfer agent as a client. Data; how it is run stands in `../agents.ts`. */

import type { LabServer } from '../../targets/lab/server.ts';
import type { Order, TlsWish } from '../launch.ts';

export interface Agent {
  /** The server of the lab that it is, for its packages and its users. */
  readonly server: LabServer;
  readonly title: string;
  readonly wishes: readonly TlsWish[];
  /** Its own time limits can be told to be short. */
  readonly impatient: boolean;
  /** Folders of the root that are empty in each run, and its own. */
  readonly own?: readonly string[];
  /** Files in the folder of the run, which the agent sees as `/home`. */
  readonly files: (order: Order) => Readonly<Record<string, string>>;
  /** Lines of a shell: they hand the message to the agent, and end when its one attempt is over. */
  readonly deliver: (order: Order) => string;
}
