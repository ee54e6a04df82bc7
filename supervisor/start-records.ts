import { join } from 'node:path';
import type { Logger } from 'pino';
import type { Config } from '../src/config/config.ts';
import type { RecordsOptions } from '../src/model/records-options.ts';
import { parseCrashPoint } from '../src/ops/crash-point.ts';
import { parseLogLevels } from '../src/ops/log-level.ts';
import { namedLogger } from '../src/ops/logger.ts';
import { lockFolder } from '../src/store/folder-lock.ts';
import type { ChildExit } from './child-spec.ts';
import { recordsChild } from './children/records-child.ts';
import { defaultServiceTuning } from './children/service-child.ts';
import { openDataFolder } from './data-folder.ts';
import { fullRecordsOptions } from './records-options.ts';
import { SUPERVISION_BACKOFF } from './supervision-backoff.ts';
import { Supervisor } from './supervisor.ts';
import { logSupervisorEvent, type SupervisorEvent } from './supervisor-events.ts';

export interface StartRecordsOptions {
  readonly config: Config;
  readonly logger: Logger;
  /** Where to begin whatever is stored; null resumes. */
  readonly from: RecordsOptions['source']['from'];
  readonly onEvent: (event: SupervisorEvent) => void;
}

export interface RunningRecords {
  /** Where the indexer's own log is. */
  readonly logPath: string;
  /** Resolves when it has ended: `failed` when its restarts are used up. */
  readonly exited: Promise<ChildExit>;
  stop(atOnce: AbortSignal): Promise<void>;
}

/** As the services of the whole tree have it. */
const BUDGET = { restartsMax: 5, windowMs: 60_000 };

/**
 * The record indexer alone, supervised, in a folder of its own beside the other state: whoever wants records only
 * needs neither ClickHouse nor NATS.
 * @throws {OperatingError} what kept it from starting; nothing is left running then.
 */
export async function startRecords(
  { config, logger, from, onEvent }: StartRecordsOptions,
  signal: AbortSignal,
): Promise<RunningRecords> {
  const folder = openDataFolder(join(config.dataDir, 'records'));
  const lock = lockFolder(folder.root);
  try {
    const options = fullRecordsOptions(config, folder.root, parseCrashPoint(config.crashPoint));
    const told = { ...options, source: { ...options.source, from } };
    const levels = parseLogLevels(config.logLevel ?? logger.level);
    const supervisor = new Supervisor(
      {
        type: 'supervisor',
        id: 'millrace',
        strategy: 'one_for_one',
        budget: BUDGET,
        backoff: SUPERVISION_BACKOFF,
        children: [recordsChild(told, { folder, tuning: defaultServiceTuning })],
      },
      {
        nowMs: () => performance.now(),
        random: Math.random,
        onEvent: (event) => {
          logSupervisorEvent((child) => namedLogger(logger, child, levels), event);
          onEvent(event);
        },
      },
    );
    await supervisor.start(signal);
    return {
      logPath: join(folder.logs, 'records.log'),
      exited: supervisor.exited,
      stop: async (atOnce) => {
        await supervisor.stop(atOnce);
        lock.release();
      },
    };
  } catch (error) {
    lock.release();
    throw error;
  }
}
