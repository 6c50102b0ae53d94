/**
 * The schema of measured limits: what `afresh limits --json` writes. Published as `schemas/limits.json`, which
 * `test/report/limits-schema.test.ts` keeps up to date.
 *
 * Objects are open: a later version may say more. A field that is added to what is written, is not optional and missing here
 * does not compile.
 */

import { z } from 'zod';
import { POLICY_ROWS, type Policy, RULES } from '../policy.ts';
import type { LimitsDocument } from './limits.ts';
import { StoredLimits } from './schema.ts';

const text = z.string();
const open = z.looseObject;
const count = z.int().min(0);

/** `proxy` is never `must`, which what is read here need not know. */
const StoredPolicy = z.record(z.enum(POLICY_ROWS), z.enum(RULES)) as unknown as z.ZodType<Policy>;

export const StoredSurvey: z.ZodType<LimitsDocument> = open({
  schema: z.literal(1),
  kind: z.literal('afresh-limits'),
  tool: open({ name: z.literal('afresh'), version: text }),
  startedAt: z.iso.datetime({ offset: true }),
  seconds: z.number().min(0),
  target: open({ name: text, address: text, software: text }),
  policy: StoredPolicy,
  limits: StoredLimits,
  violations: z
    .array(open({ limit: text, summary: text }))
    .describe('What the policy asks for and is not so.'),
  announced: z
    .array(
      open({
        keyword: text,
        announced: count,
        measured: text.describe('As announced, fewer, or more.'),
      }),
    )
    .describe('Limits that EHLO announces (RFC 9422), and whether they are so.'),
  commands: open({ sent: count, most: count, connections: count }),
  turnedAway: text
    .exactOptional()
    .describe('What connections were turned away with: a limit across connections.'),
});
