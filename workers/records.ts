import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { errorText } from '../src/core/errors.ts';
import type { RecordsOptions } from '../src/model/records-options.ts';
import { armCrashPoint, isCrashPoint } from '../src/ops/crash-point.ts';
import { parseLogLevels } from '../src/ops/log-level.ts';
import { openLogger } from '../src/ops/logger.ts';
import { runRecords } from '../src/pipelines/records/run-records.ts';

/**
 * The process that brings records of AT Protocol into a database. SIGTERM, SIGINT and the end of standard input (the
 * supervisor has gone) stop it in order; exit code 0 then, 1 when it ended by itself.
 */

const { values } = parseArgs({ options: { options: { type: 'string' } } });
const options = JSON.parse(readFileSync(values.options ?? '', 'utf8')) as RecordsOptions;
const { crashPoint, log } = options;
if (crashPoint !== null && isCrashPoint(crashPoint.name)) {
  armCrashPoint(crashPoint.name, crashPoint.pass);
}

const stopping = new AbortController();
const stop = (): void => stopping.abort();
process.on('SIGTERM', stop);
process.on('SIGINT', stop);
process.stdin.on('end', stop).on('error', stop).resume();

const logger = openLogger({ levels: parseLogLevels(log.level), format: log.format });
try {
  await runRecords(options, logger, stopping.signal);
  process.exit(0);
} catch (error) {
  logger.fatal(`the record indexer ends: ${errorText(error)}`);
  process.exit(1);
}
