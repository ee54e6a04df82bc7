import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { RecordsOptions } from '../src/model/records-options.ts';
import { parseLogLevels } from '../src/ops/log-level.ts';
import { openLogger } from '../src/ops/logger.ts';
import { runRecords } from '../src/pipelines/records/run-records.ts';
import { runProcess } from '../src/pipelines/run-process.ts';

/** The process that brings records of AT Protocol into a database. */

const { values } = parseArgs({ options: { options: { type: 'string' } } });
const options = JSON.parse(readFileSync(values.options ?? '', 'utf8')) as RecordsOptions;
const { level, format } = options.log;
const logger = openLogger({ levels: parseLogLevels(level), format });
await runProcess({
  what: 'the record indexer',
  logger,
  crashPoint: options.crashPoint,
  run: (signal) => runRecords(options, logger, signal),
});
