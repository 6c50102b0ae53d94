/** A real browser for the tests of the HTML report: Debian’s Chromium, without network of its own. */

import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const EXECUTABLE = process.env['CHROMIUM'] ?? '/usr/bin/chromium';

/** Why the browser tests cannot run here; undefined if they can. */
export const WITHOUT_BROWSER = existsSync(EXECUTABLE)
  ? undefined
  : `no ${EXECUTABLE}: install Debian's package chromium, or set CHROMIUM`;

export const startBrowser = (): Promise<Browser> =>
  chromium.launch({
    executablePath: EXECUTABLE,
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
