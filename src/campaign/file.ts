/**
 * The campaign file: which targets, for how long, and where what is found is kept. YAML or JSON.
 *
 * The schema below is the one definition: types, validation and the published `schemas/campaign.json` come from
 * it. Paths in the file are relative to it. This file starts nothing and knows no target.
 */

import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { CLAIMS } from '../../properties/index.ts';
import { parsed, readYaml } from '../document.ts';
import { DURATION, milliseconds } from '../duration.ts';
import { PolicyRows } from '../policy.ts';
import { TargetError } from '../targets/target.ts';

export const MODES = ['nightly', 'pr'] as const;
export type Mode = (typeof MODES)[number];

const CLAIM_IDS = CLAIMS.map(({ id }) => id) as [string, ...string[]];
const Claims = z.array(z.enum(CLAIM_IDS)).min(1).readonly();

/** What is known of one target; `target` is what `afresh check` takes. */
export const TargetEntry = z
  .strictObject({
    name: z
      .string()
      .regex(/^[a-z0-9][a-z0-9@._:/[\]-]*$/i)
      .max(80)
      .exactOptional()
      .describe('How it is called in results; the target itself unless said.'),
    target: z
      .string()
      .min(1)
      .describe('smtp://host:port, lmtp://host:port, a target file, or a name from "afresh list targets".'),
    auth: z
      .string()
      .regex(/^[^:]+:/)
      .exactOptional()
      .describe('user:password; $NAME in place of the password is taken from the environment.'),
    rcpt: z
      .string()
      .min(1)
      .exactOptional()
      .describe('A recipient that is accepted; *@domain for any local part.'),
    helo: z.string().min(1).exactOptional().describe('The EHLO name, where not any will do.'),
    authorised: z
      .string()
      .min(1)
      .exactOptional()
      .describe('A host beyond the private ranges that you may test.'),
    implicitTls: z
      .string()
      .exactOptional()
      .describe('The same service in TLS from the first byte: smtps://host:port.'),
    maildir: z.string().exactOptional().describe('Where the target delivers mail; what is ours is removed.'),
    sink: z
      .int()
      .min(1)
      .max(65_535)
      .exactOptional()
      .describe('A port of 127.0.0.1 where afresh listens for mail that the target relays.'),
    policy: PolicyRows.exactOptional().describe('Which limits may, must or must never outlive STARTTLS.'),
    claims: Claims.exactOptional().describe('The claims for this target alone.'),
  })
  .readonly();
export type TargetEntry = z.infer<typeof TargetEntry>;

const Duration = z
  .string()
  .regex(DURATION, 'say a duration such as 5m or 1h')
  .refine(
    text => milliseconds(text) !== undefined,
    'say a duration such as 5m or 1h, no longer than 24 days',
  );
const Count = z.int().min(1);
const Budget = z
  .strictObject({
    time: Duration.exactOptional().describe('For the whole campaign.'),
    scenarios: Count.exactOptional().describe('For each target.'),
  })
  .readonly();

export const CampaignFile = z
  .strictObject({
    targets: z
      .array(z.union([z.string().min(1), TargetEntry]))
      .min(1)
      .max(200)
      .readonly()
      .describe('Each a target, or a target with what is known of it.'),
    claims: Claims.exactOptional().describe('Which claims to judge; all unless said.'),
    budget: z
      .strictObject({ nightly: Budget.exactOptional(), pr: Budget.exactOptional() })
      .readonly()
      .exactOptional()
      .describe('An hour a night and three minutes a pull request unless said.'),
    jobs: Count.max(256).exactOptional().describe('Connections in flight of each worker; 8 unless said.'),
    workers: Count.max(256).exactOptional().describe('Worker processes; one a core unless said.'),
    seed: z
      .int()
      .min(0)
      .max(2 ** 31 - 1)
      .exactOptional()
      .describe('The same seed makes the same scenarios; a new one each run unless said.'),
    corpus: z.string().min(1).exactOptional().describe('Folder of kept scenarios; corpus unless said.'),
    results: z.string().min(1).exactOptional().describe('Folder of results; results unless said.'),
    baseline: z.string().min(1).exactOptional().describe('File of known findings, each with a reason.'),
  })
  .readonly();
export type CampaignFile = z.infer<typeof CampaignFile>;

interface Named {
  readonly name: string;
  readonly claims: readonly string[];
  /** Claims that were asked for by name. */
  readonly wanted: readonly string[];
}

/** What a campaign does, all said: the file, the mode and the flags together. Paths are absolute. */
export interface Campaign {
  readonly targets: readonly (TargetEntry & Named)[];
  readonly mode: Mode;
  /** Milliseconds for the whole, or scenarios for each target; the first that is used up ends it. */
  readonly budget: { readonly time?: number; readonly scenarios?: number };
  readonly jobs: number;
  readonly workers?: number;
  readonly seed?: number;
  readonly corpus: string;
  readonly results: string;
  readonly baseline?: string;
}

/** What the command line says otherwise than the file. */
export interface Overrides {
  readonly mode: Mode;
  readonly time?: number;
  readonly scenarios?: number;
  readonly jobs?: number;
  readonly workers?: number;
  readonly seed?: number;
}

const DEFAULT_BUDGET = { nightly: { time: '1h' }, pr: { time: '3m' } } as const;
const DEFAULT_JOBS = 8;

/** The campaign of a file. Throws a `TargetError` of one line if it is not one. */
export function readCampaign(file: string, overrides: Overrides): Campaign {
  return campaignOf(parsed(file, readYaml(file), CampaignFile), dirname(resolve(file)), overrides);
}

export function campaignOf(file: CampaignFile, folder: string, overrides: Overrides): Campaign {
  const targets = file.targets.map(one => {
    const entry: TargetEntry = typeof one === 'string' ? { target: one } : one;
    return {
      ...entry,
      target: /\.json$/i.test(entry.target) ? resolve(folder, entry.target) : entry.target,
      name: entry.name ?? entry.target,
      claims: entry.claims ?? file.claims ?? CLAIM_IDS,
      wanted: entry.claims ?? file.claims ?? [],
    };
  });
  const twice = targets.find(({ name }, index) =>
    targets.slice(0, index).some(other => fileName(other.name) === fileName(name)),
  );
  if (twice !== undefined)
    throw new TargetError(`two targets are called ${twice.name}: give each a name of its own`);
  const jobs = overrides.jobs ?? file.jobs ?? DEFAULT_JOBS;
  const workers = overrides.workers ?? file.workers;
  const seed = overrides.seed ?? file.seed;
  return {
    targets,
    mode: overrides.mode,
    budget: budgetOf(file, overrides),
    jobs,
    ...(workers === undefined ? {} : { workers }),
    ...(seed === undefined ? {} : { seed }),
    corpus: resolve(folder, file.corpus ?? 'corpus'),
    results: resolve(folder, file.results ?? 'results'),
    ...(file.baseline === undefined ? {} : { baseline: resolve(folder, file.baseline) }),
  };
}

/** What the flags say, else what the file says for the mode, else an hour or three minutes. */
function budgetOf({ budget }: CampaignFile, { mode, time, scenarios }: Overrides): Campaign['budget'] {
  if (time !== undefined || scenarios !== undefined)
    return {
      ...(time === undefined ? {} : { time }),
      ...(scenarios === undefined ? {} : { scenarios }),
    };
  const said = budget?.[mode];
  const chosen = said?.time === undefined && said?.scenarios === undefined ? DEFAULT_BUDGET[mode] : said;
  const limit = chosen.time === undefined ? undefined : milliseconds(chosen.time);
  return {
    ...(limit === undefined ? {} : { time: limit }),
    ...('scenarios' in chosen && chosen.scenarios !== undefined ? { scenarios: chosen.scenarios } : {}),
  };
}

/** A name as it stands in the names of files and units. */
export const fileName = (name: string): string => name.replace(/[^a-z0-9.@-]+/gi, '-').toLowerCase();

/** What `afresh campaign --init` writes. */
export const TEMPLATE = `# yaml-language-server: $schema=./node_modules/afresh/schemas/campaign.json
# A campaign of afresh: "afresh campaign FILE" runs it. Paths are relative to this file.

targets:
  # A name from "afresh list targets", or smtp://host:port, or lmtp://host:port.
  - reference
  # - name: mine
  #   target: smtp://127.0.0.1:2525
  #   rcpt: '*@your.domain'              # a recipient that is accepted
  #   auth: user:$SMTP_PASSWORD           # taken from the environment

# How long: "--mode nightly" (an hour unless said) goes on to the end, "--mode pr" stops at the first new finding.
budget:
  nightly: { time: 1h }
  pr: { time: 3m }

# Kept scenarios are played first, and findings are added; commit this folder.
corpus: corpus

# The journal, and the reports of the last runs.
results: results

# Findings that are known and accepted, each with a reason. One that is no longer found fails the campaign.
# baseline: known.yaml

# claims: [fresh-connection, markers]    # all unless said
# jobs: 8                                # connections in flight of each worker
# workers: 2                             # worker processes; one a core unless said
# seed: 1                                # a new one each run unless said
`;
