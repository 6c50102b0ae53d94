/** The random part that all tokens of one run share: what was said before TLS is recognised by it behind TLS. */

import { randomUUID } from 'node:crypto';

/** Thirteen characters that occur in no text by chance, lower case since servers may fold it. */
export const newNonce = (): string => `z${randomUUID().replaceAll('-', '').slice(0, 12)}`;

/** What a nonce looks like, as the source of a regular expression. */
export const NONCE = 'z[0-9a-f]{12}';
