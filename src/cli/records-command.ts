import { type Command, InvalidArgumentError } from 'commander';
import { startRecords } from '../../supervisor/start-records.ts';
import { recordsOptionsOf } from '../config/records-options-of.ts';
import { errorText } from '../core/errors.ts';
import { localAddress } from '../core/local-address.ts';
import { loadCollections } from '../pipelines/records/load-collections.ts';
import type { CliContext } from './cli-context.ts';
import { EXIT_USAGE } from './exit-code.ts';
import { openCliLogger } from './open-cli-logger.ts';
import { addRecordsDeadLetterCommand } from './records-dead-letter-command.ts';
import { addRecordsNearbyCommand } from './records-nearby-command.ts';
import { tellRecordsProgress } from './records-progress.ts';
import { replayRecordFiles } from './records-replay.ts';

/** Flags as commander hands them over. */
interface RecordsFlags {
  readonly from?: 'live' | number;
  readonly replay?: readonly string[];
  readonly json?: boolean;
}

/** `records …`: the indexer of AT Protocol records. */
export function addRecordsCommand(program: Command, context: CliContext): void {
  const records = program
    .enablePositionalOptions()
    .command('records')
    .description('index records of AT Protocol, into PostgreSQL (DATABASE_URL) or an SQLite file')
    .option(
      '--from <cursor>',
      'begin at a cursor (µs since 1970, or a sequence number), or live, whatever is stored',
      cursorOf,
    )
    .option('--replay <files...>', 'read recorded events instead: JSON lines, zstd, raw frames')
    .option('--json', 'print the summary of --replay as one JSON object')
    .action(async (flags: RecordsFlags) => {
      if (flags.replay === undefined) await follow(flags.from ?? null, context);
      else await replayRecordFiles(flags.replay, flags.json ?? false, context);
    });
  addRecordsDeadLetterCommand(records, context);
  addRecordsNearbyCommand(records, context);
}

/** Runs until a signal, or until the indexer cannot be kept running; the latter ends with a non-zero code. */
async function follow(from: 'live' | number | null, context: CliContext): Promise<void> {
  const config = context.config();
  const options = recordsOptionsOf(config);
  // A mistake in a lexicon is told here at once, not by a process that ends and is started again.
  const { nsids } = loadCollections(options.lexiconFolders, options.collections);
  const logger = openCliLogger(config, 'info');
  const running = await startRecords({ config, logger, from, onEvent: () => {} }, context.signal);
  const { host, port } = options.server;
  const readyz = `${localAddress(host, port)}/readyz`;
  context.note(`indexing ${nsids.join(', ')}`);
  context.note(`health: ${readyz}; log: ${running.logPath}`);
  context.note('Ctrl-C stops; the next run resumes');
  const progress = tellRecordsProgress(readyz, context.note, context.signal);
  const stopAsked = new Promise<'asked'>((resolve) => {
    context.signal.addEventListener('abort', () => resolve('asked'), { once: true });
  });
  const end = await Promise.race([running.exited, stopAsked]);
  await running.stop(context.atOnce);
  if (end === 'asked') await progress;
  if (end === 'asked') return;
  const why = end.reason === 'failed' ? errorText(end.error) : 'it has ended';
  context.note(`error: the record indexer cannot be kept running: ${why}`);
  context.setExitCode(EXIT_USAGE);
}

function cursorOf(text: string): 'live' | number {
  if (text === 'live') return text;
  const cursor = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isSafeInteger(cursor)) return cursor;
  throw new InvalidArgumentError(`Expected a cursor (a whole number) or live, received "${text}".`);
}
