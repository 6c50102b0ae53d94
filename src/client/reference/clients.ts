/** The variants of the reference client, each a client by name: `reference`, `reference:keeps-size` and so on. */

import { sibling } from '../../sibling.ts';
import type { Client } from '../launch.ts';
import { threadClient } from '../thread.ts';
import { VARIANTS } from './behaviour.ts';

export const REFERENCE_CLIENTS: readonly Client[] = VARIANTS.map(({ name, title }) =>
  threadClient({
    name: name === 'sound' ? 'reference' : `reference:${name}`,
    title: `the reference client: ${title}`,
    wishes: ['required', 'opportunistic'],
    impatient: false,
    software: () => Promise.resolve('afresh reference client'),
    module: sibling('client', import.meta.url),
    variant: name,
  }),
);
