/** Who performs units: worker processes of this machine, or workers on a queue. A campaign knows no more than this. */

import type { Report } from '../report/report.ts';
import type { Unit, UnitEvents } from './unit.ts';

export interface Workforce {
  /** Units that may be handed out at once. */
  readonly capacity: number;
  /**
   * Performs a unit, here or elsewhere, and resolves with its report whatever happens. Aborted, it resolves soon, with
   * what there is, or with nothing.
   */
  perform(unit: Unit, events: UnitEvents): Promise<Report | undefined>;
  /** The report has been written down: nobody needs to keep it for the campaign any longer. */
  forget(unit: Unit): Promise<void>;
  close(): Promise<void>;
}
