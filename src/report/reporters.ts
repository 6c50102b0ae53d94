/** The reporters that write a whole file, each under the name of its option: `--junit FILE` and so on. */

import { html } from './html/page.ts';
import { json } from './json.ts';
import { junit } from './junit.ts';
import type { Results } from './results.ts';
import { sarif } from './sarif.ts';

export interface Reporter {
  /** What the file is for; shown by `--help`. */
  readonly title: string;
  readonly render: (results: Results) => string;
}

export const REPORTERS = {
  json: { title: 'the whole result as JSON', render: json },
  junit: { title: 'JUnit XML, for the test view of a CI server', render: junit },
  sarif: { title: 'SARIF 2.1.0, for code scanning', render: sarif },
  html: { title: 'one HTML page, for people', render: html },
} as const satisfies Record<string, Reporter>;

export type ReporterName = keyof typeof REPORTERS;
