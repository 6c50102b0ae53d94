/** zod → JSON Schema, as it is published in `schemas/`. */

import { z } from 'zod';

/** The text of the file. */
export function jsonSchema(schema: z.ZodType, title: string): string {
  const { $schema, ...rest } = z.toJSONSchema(schema, {
    io: 'input',
    // That the code does not change it is no business of who writes the file.
    override: ({ jsonSchema }) => {
      delete jsonSchema.readOnly;
    },
  });
  return `${JSON.stringify({ $schema, title, ...rest }, undefined, 2)}\n`;
}
