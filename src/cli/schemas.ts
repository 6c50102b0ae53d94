/** `npm run schemas`: the published JSON schemas, made from the definitions that the code itself reads files by. */

import { writeWhole } from '../document.ts';
import { jsonSchema } from '../schemas.ts';
import { TargetDescription } from '../targets/described.ts';

writeWhole('schemas/target.json', jsonSchema(TargetDescription, 'A target of afresh'));
