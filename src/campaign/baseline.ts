/** The baseline: findings that are known and accepted, each with its reason. Without a reason there is none. */

import { z } from 'zod';
import { parsed, readYaml } from '../document.ts';
import { TargetError } from '../targets/target.ts';
import type { Campaign } from './file.ts';

const Known = z
  .strictObject({
    target: z.string().min(1),
    fingerprint: z.string().min(1),
    reason: z.string('say a reason').trim().min(1, 'say a reason'),
  })
  .readonly();
export type Known = z.infer<typeof Known>;

const BaselineFile = z.array(Known).readonly();

/** What the baseline file of a campaign lists; nothing where it has none. */
export function readBaseline({ baseline, targets }: Campaign): readonly Known[] {
  if (baseline === undefined) return [];
  const known = parsed(baseline, readYaml(baseline), BaselineFile.nullable()) ?? [];
  const stranger = known.find(({ target }) => !targets.some(({ name }) => name === target));
  if (stranger !== undefined)
    throw new TargetError(`${baseline}: ${stranger.target} is no target of this campaign`);
  return known;
}
