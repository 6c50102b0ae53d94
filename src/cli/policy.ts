/** `--policy` and `--keep`: which limits may outlive STARTTLS, as every command takes it. */

import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { parsed, readJson } from '../document.ts';
import { isPreset, type Policy, PolicyRows, PRESETS, spelledRows, withRows } from '../policy.ts';
import { TargetError } from '../targets/target.ts';

export interface PolicyFlags {
  readonly policy?: string;
  readonly keep?: string;
}

const PRESET_LIST = Object.keys(PRESETS).join(', ');

export function addPolicyOptions(command: Command): Command {
  return command
    .option(
      '--policy <file>',
      `what may, must or must never outlive STARTTLS: a JSON file, or ${PRESET_LIST} (practice unless said)`,
    )
    .option('--keep <rows>', 'the same for single limits, such as errors=may,recipients=must');
}

/** What the flags make of the target's own policy, or of what is usual in practice. Mistakes are told at once. */
export function policyFrom({ policy, keep }: PolicyFlags): (ofTarget?: Policy) => Policy {
  const whole = policy === undefined ? undefined : isPreset(policy) ? PRESETS[policy] : policyIn(policy);
  const rows = keep === undefined ? {} : parsed(`--keep ${keep}`, spelledRows(keep), PolicyRows);
  return ofTarget => withRows(rows, whole ?? ofTarget);
}

function policyIn(file: string): Policy {
  if (!existsSync(file))
    throw new TargetError(`--policy ${file}: no such file, and no preset; presets: ${PRESET_LIST}`);
  return withRows(parsed(file, readJson(file), PolicyRows));
}
