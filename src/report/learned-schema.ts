/**
 * The schema of a learned machine: what `afresh learn --out` writes as machine.json. Published as `schemas/machine.json`, which
 * `test/report/learned-schema.test.ts` keeps up to date.
 *
 * Objects are open: a later version may say more. A field that is added to what is written, is not optional and missing here
 * does not compile.
 */

import { z } from 'zod';
import type { LearnedDocument } from './learned.ts';
import { VERDICTS } from './report.ts';
import { StoredFinding, StoredNotes } from './schema.ts';

const text = z.string();
const open = z.looseObject;
const count = z.int().min(0);
/** Inputs one after the other. */
const word = z.array(text);

export const StoredMachine: z.ZodType<LearnedDocument> = open({
  schema: z.literal(1),
  kind: z.literal('afresh-machine'),
  tool: open({ name: z.literal('afresh'), version: text }),
  startedAt: z.iso.datetime({ offset: true }),
  target: open({ name: text, address: text, software: text }),
  verdict: z.enum(VERDICTS),
  reason: text.exactOptional().describe('Why it is not held, where nothing was found.'),
  inputs: word
    .exactOptional()
    .describe('What was put to the server; absent where no machine was learned in time.'),
  states: z
    .array(
      open({
        access: word.describe('A word that leads here from the greeting.'),
        moves: z.record(
          text,
          open({
            output: text.describe('The codes of the replies, and of EHLO the extensions.'),
            to: count.describe('The index of a state.'),
          }),
        ),
      }),
    )
    .exactOptional()
    .describe('The first one is that of the greeting.'),
  baseline: z.enum(['starttls-first', 'neutral-ehlo']),
  extra: count
    .exactOptional()
    .describe('A server that differs and has no more than so many states more would have been found out.'),
  incomplete: text.exactOptional().describe('Why it was not put to the whole test.'),
  fresh: count.exactOptional().describe('The state that STARTTLS leads to on a fresh connection.'),
  entries: z
    .array(
      open({
        from: count,
        to: count,
        told: word
          .exactOptional()
          .describe('What tells that state from the fresh one; absent where they are one.'),
      }),
    )
    .describe('The states in plaintext in which STARTTLS is taken, and where it leads to.'),
  findings: z.array(StoredFinding),
  notes: StoredNotes,
  unexplained: count.describe('States that STARTTLS leads astray to, and no finding tells of.'),
  served: z.boolean().describe('Whether a plain session in TLS was served at the end.'),
  words: count,
  connections: count,
  seconds: z.number().min(0),
});
