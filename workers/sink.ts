import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { errorText } from '../src/core/errors.ts';
import type { SinkOptions } from '../src/model/sink-options.ts';
import { armCrashPoint, isCrashPoint } from '../src/ops/crash-point.ts';
import { openLogger } from '../src/ops/logger.ts';
import { runSink } from '../src/pipelines/sink/run-sink.ts';

/**
 * The process that brings swaps into ClickHouse and builds candles. SIGTERM, SIGINT and the end of standard input (the
 * supervisor has gone) stop it in order; exit code 0 then, 1 when it ended by itself.
 */

const { values } = parseArgs({ options: { options: { type: 'string' } } });
const options = JSON.parse(readFileSync(values.options ?? '', 'utf8')) as SinkOptions;
const { crashPoint } = options;
if (crashPoint !== null && isCrashPoint(crashPoint.name)) {
  armCrashPoint(crashPoint.name, crashPoint.pass);
}

const stopping = new AbortController();
const stop = (): void => stopping.abort();
process.on('SIGTERM', stop);
process.on('SIGINT', stop);
process.stdin.on('end', stop).on('error', stop).resume();

const logger = openLogger({ levels: { fallback: 'info', byName: new Map() }, format: 'json' });
try {
  await runSink(options, logger, stopping.signal);
  process.exit(0);
} catch (error) {
  logger.fatal(`the sink of swaps ends: ${errorText(error)}`);
  process.exit(1);
}
