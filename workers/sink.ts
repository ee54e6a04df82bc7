import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { SinkOptions } from '../src/model/sink-options.ts';
import { openLogger } from '../src/ops/logger.ts';
import { runProcess } from '../src/pipelines/run-process.ts';
import { runSink } from '../src/pipelines/sink/run-sink.ts';

/** The process that brings swaps into ClickHouse and builds candles. */

const { values } = parseArgs({ options: { options: { type: 'string' } } });
const options = JSON.parse(readFileSync(values.options ?? '', 'utf8')) as SinkOptions;
const logger = openLogger({ levels: { fallback: 'info', byName: new Map() }, format: 'json' });
await runProcess({
  what: 'the sink of swaps',
  logger,
  crashPoint: options.crashPoint,
  run: (signal) => runSink(options, logger, signal),
});
