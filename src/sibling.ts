/** Modules that are started by their file, and not imported: `.ts` in the checkout, `.js` in the published package. */

import { extname } from 'node:path';

/** The module `name`, given without its ending, beside the module with this `import.meta.url`. */
export const sibling = (name: string, url: string): URL => new URL(`./${name}${extname(url)}`, url);
