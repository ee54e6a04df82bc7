import { join } from 'node:path';
import type { OperatingError } from '../../src/core/errors.ts';
import { ChildLog } from '../../src/ops/child-log.ts';
import type { WorkerSpec } from '../child-spec.ts';
import { type DataFolder, dataFolderError } from '../data-folder.ts';
import type { PortClaim } from '../port-claim.ts';
import { findSetpriv, startProcess } from '../process-child.ts';

/** Times and bounds of a service that runs as a child process. */
export interface ServiceTuning {
  readonly readyTimeoutMs: number;
  readonly probeIntervalMs: number;
  readonly probeTimeoutMs: number;
  /** Silence after which the service is restarted though its process lives. */
  readonly silentMsMax: number;
  readonly shutdownMs: number;
  readonly logBytesMax: number;
  readonly oldLogsMax: number;
}

/** Start and stop of a busy server take seconds on a slow disk; a minute of silence is no busy server. */
export const defaultServiceTuning: ServiceTuning = {
  readyTimeoutMs: 60_000,
  probeIntervalMs: 2_000,
  probeTimeoutMs: 5_000,
  silentMsMax: 60_000,
  shutdownMs: 15_000,
  logBytesMax: 10 * 2 ** 20,
  oldLogsMax: 3,
};

export interface ServiceOptions {
  readonly id: string;
  readonly folder: DataFolder;
  readonly tuning: ServiceTuning;
  /** Absolute path of the program. */
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly ports: readonly PortClaim[];
  /** Writes the settings the program reads; before every start, so that nothing stale is used. */
  readonly prepare: () => void;
  readonly check: (signal: AbortSignal) => Promise<void>;
  readonly explain: (lines: readonly string[]) => OperatingError | null;
}

/** Pause between two questions while a service starts. */
const READY_INTERVAL_MS = 50;

/** A permanent child whose readiness and life are proven by one and the same probe. */
export function serviceChild(options: ServiceOptions): WorkerSpec {
  const { id, folder, tuning, check } = options;
  const log = new ChildLog({
    path: join(folder.logs, `${id}.log`),
    fileBytesMax: tuning.logBytesMax,
    oldFilesMax: tuning.oldLogsMax,
  });
  return {
    type: 'worker',
    id,
    restart: 'permanent',
    shutdownMs: tuning.shutdownMs,
    probe: {
      check,
      intervalMs: tuning.probeIntervalMs,
      timeoutMs: tuning.probeTimeoutMs,
      silentMsMax: tuning.silentMsMax,
    },
    start: async (signal) => {
      prepare(options);
      return startProcess(
        {
          id,
          command: options.command,
          args: options.args,
          env: options.env,
          ports: options.ports,
          explain: options.explain,
          cwd: folder.root,
          dataDir: folder.root,
          recordPath: join(folder.run, `${id}.json`),
          log,
          ready: { check, intervalMs: READY_INTERVAL_MS, timeoutMs: tuning.readyTimeoutMs },
          graceMs: tuning.shutdownMs,
          setpriv: findSetpriv(),
        },
        signal,
      );
    },
  };
}

function prepare(options: ServiceOptions): void {
  try {
    options.prepare();
  } catch (error) {
    throw dataFolderError(options.folder.run, error);
  }
}
