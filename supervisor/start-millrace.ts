import type { Logger } from 'pino';
import type { Config } from '../src/config/config.ts';
import { armCrashPoint, parseCrashPoint } from '../src/ops/crash-point.ts';
import type { ChildExit, ChildSnapshot } from './child-spec.ts';
import { chooseServices, type ServiceNeed } from './choose-services.ts';
import { type House, openHouse } from './house.ts';
import { Supervisor } from './supervisor.ts';
import { logSupervisorEvent, type SupervisorEvent } from './supervisor-events.ts';
import { millraceTree } from './tree.ts';

export interface StartOptions {
  readonly config: Config;
  readonly logger: Logger;
  readonly need: ServiceNeed;
  /** True takes up jobs that an earlier supervisor left unfinished; a single command minds its own. */
  readonly resumeJobs: boolean;
  /** Told about children besides the log. */
  readonly onEvent: (event: SupervisorEvent) => void;
}

/** A running tree. */
export interface Millrace {
  readonly house: House;
  /** Resolves when the tree has ended: `failed` when its restart budget is spent. */
  readonly exited: Promise<ChildExit>;
  snapshot(): readonly ChildSnapshot[];
  /** In reverse order of starting; at once when the signal aborts. Resolves when nothing is left. */
  stop(signal: AbortSignal): Promise<void>;
}

/**
 * Opens the data folder and starts every child, each proven ready before the next.
 * @throws {OperatingError} what kept it from starting; nothing is left running then.
 */
export async function startMillrace(options: StartOptions, signal: AbortSignal): Promise<Millrace> {
  const { config, logger, resumeJobs } = options;
  const crashPoint = parseCrashPoint(config.crashPoint);
  if (crashPoint !== null) armCrashPoint(crashPoint.name, crashPoint.pass);
  const house = openHouse(config, logger, { crashPoint, resumeJobs });
  try {
    const say = (sentence: string): void => logger.warn(sentence);
    const services = await chooseServices(
      { config, folder: house.folder },
      options.need,
      say,
      signal,
    );
    let ready = false;
    const view = { children: () => supervisor.snapshot(), ready: () => ready };
    const supervisor = new Supervisor(millraceTree(house, services, view), {
      nowMs: () => performance.now(),
      random: Math.random,
      onEvent: (event) => {
        logSupervisorEvent(house.loggerOf, event);
        options.onEvent(event);
      },
    });
    await supervisor.start(signal);
    ready = true;
    return {
      house,
      exited: supervisor.exited,
      snapshot: () => supervisor.snapshot(),
      stop: async (atOnce) => {
        await supervisor.stop(atOnce);
        house.store.close();
      },
    };
  } catch (error) {
    house.store.close();
    throw error;
  }
}
