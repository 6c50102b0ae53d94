/** This package and its version, from its package.json. */

import packageJson from '../package.json' with { type: 'json' };

export const VERSION: string = packageJson.version;

/** As every result names what made it. */
export const TOOL = { name: 'afresh', version: VERSION } as const;
