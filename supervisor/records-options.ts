import { hostname } from 'node:os';
import { resolve } from 'node:path';
import type { Config } from '../src/config/config.ts';
import { recordsOptionsOf } from '../src/config/records-options-of.ts';
import type { RecordsOptions } from '../src/model/records-options.ts';
import type { CrashPoint } from '../src/ops/crash-point.ts';
import { jitterSecretOf } from './jitter-secret.ts';

/** Everything that the record indexer is told, whoever starts it. `folder` is used by one at a time, and keeps the key
 * of jittered places. */
export function fullRecordsOptions(
  config: Config,
  folder: string,
  crashPoint: { readonly name: CrashPoint; readonly pass: number } | null,
): RecordsOptions {
  return {
    ...recordsOptionsOf(config),
    holder: `${hostname()}:${resolve(folder)}`,
    jitterSecret: jitterSecretOf(config.jitterSecret, folder),
    crashPoint,
  };
}
