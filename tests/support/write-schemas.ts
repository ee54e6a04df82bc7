import { writeFileSync } from 'node:fs';
import { MESSAGE_SCHEMAS } from './message-schemas.ts';

/** `npm run schemas`: writes docs/schemas anew. */
for (const { file, text } of MESSAGE_SCHEMAS) {
  writeFileSync(new URL(`../../docs/schemas/${file}`, import.meta.url), text);
}
