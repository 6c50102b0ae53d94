/** `npm run schemas`: the published JSON schemas, made from the definitions that the code itself reads files by. */

import type { z } from 'zod';
import { CampaignFile } from '../campaign/file.ts';
import { KeptScript } from '../client/corpus.ts';
import { CorpusEntry } from '../corpus.ts';
import { writeWhole } from '../document.ts';
import { StoredMachine } from '../report/learned-schema.ts';
import { StoredSurvey } from '../report/limits-schema.ts';
import { StoredReports } from '../report/schema.ts';
import { jsonSchema } from '../schemas.ts';
import { TargetDescription } from '../targets/described.ts';

/** What is published, by the names of the files: its title, and how parts that come again are written. */
const PUBLISHED: Readonly<Record<string, readonly [z.ZodType, string, 'ref'?]>> = {
  campaign: [CampaignFile, 'A campaign of afresh'],
  limits: [StoredSurvey, 'Limits that afresh has measured', 'ref'],
  machine: [StoredMachine, 'A machine that afresh has learned', 'ref'],
  report: [StoredReports, 'Results of afresh', 'ref'],
  scenario: [CorpusEntry, 'A scenario that afresh has kept, with what it shows of a server', 'ref'],
  script: [KeptScript, 'A script of a server that afresh has kept, with what it shows of a client', 'ref'],
  target: [TargetDescription, 'A target of afresh'],
};

for (const [name, [schema, title, reused]] of Object.entries(PUBLISHED))
  writeWhole(`schemas/${name}.json`, jsonSchema(schema, title, reused));
