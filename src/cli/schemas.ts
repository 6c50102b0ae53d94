/** `npm run schemas`: the published JSON schemas, made from the definitions that the code itself reads files by. */

import { CampaignFile } from '../campaign/file.ts';
import { writeWhole } from '../document.ts';
import { StoredMachine } from '../report/learned-schema.ts';
import { StoredReports } from '../report/schema.ts';
import { jsonSchema } from '../schemas.ts';
import { TargetDescription } from '../targets/described.ts';

writeWhole('schemas/campaign.json', jsonSchema(CampaignFile, 'A campaign of afresh'));
writeWhole('schemas/machine.json', jsonSchema(StoredMachine, 'A machine that afresh has learned', 'ref'));
writeWhole('schemas/report.json', jsonSchema(StoredReports, 'Results of afresh', 'ref'));
writeWhole('schemas/target.json', jsonSchema(TargetDescription, 'A target of afresh'));
