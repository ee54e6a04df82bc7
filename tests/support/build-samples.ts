import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSamples } from './sample-archive.ts';

/** Builds data/samples anew: `node --import tsx tests/support/build-samples.ts`. What others wrote stays. */
const kept = new Set(['README.md', 'records']);
const outDir = fileURLToPath(new URL('../../data/samples/', import.meta.url));
for (const name of readdirSync(outDir)) {
  if (!kept.has(name)) rmSync(join(outDir, name), { recursive: true });
}
await buildSamples(outDir, new AbortController().signal);
