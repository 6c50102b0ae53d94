/** The public API: re-exports only. */

export { CLAIMS } from '../properties/index.ts';
export { type CheckOptions, check } from './check.ts';
export type { Connection, Driver } from './drivers/driver.ts';
export { tcpDriver } from './drivers/tcp.ts';
export { type Learned, type LearnOptions, learn } from './learn/learn.ts';
export type { Mealy } from './learn/mealy.ts';
export type { Report, ReportedFinding } from './report/report.ts';
export { Scenario, Step } from './scenario.ts';
export { targetOf } from './targets/registry.ts';
export type { RunningTarget, Target } from './targets/target.ts';
