/** zod → JSON Schema, as it is published in `schemas/`. */

import { z } from 'zod';

/** The text of the file. With `ref`, what stands in several places is written once. */
export function jsonSchema(schema: z.ZodType, title: string, reused: 'inline' | 'ref' = 'inline'): string {
  const { $schema, ...rest } = z.toJSONSchema(schema, {
    io: 'input',
    reused,
    // That the code does not change it is no business of who writes the file.
    override: ({ jsonSchema }) => {
      delete jsonSchema.readOnly;
    },
  });
  return `${JSON.stringify({ $schema, title, ...rest }, undefined, 2)}\n`;
}
