import { type DestinationStream, type Logger, type LoggerOptions, pino } from 'pino';
import pinoPretty from 'pino-pretty';
import { type LogLevels, levelFor } from './log-level.ts';
import { maskSecrets } from './mask-secrets.ts';

export interface LogOptions {
  readonly levels: LogLevels;
  /** `pretty` is for a person at a terminal, `json` (one object a line) for everything else. */
  readonly format: 'pretty' | 'json';
  /** Standard error where not given, so that standard output stays for results. */
  readonly destination?: DestinationStream;
}

/** Fields whose value is a secret wherever they stand, two levels deep. */
const SECRET_FIELDS = ['authorization', 'password', 'token', 'secret', 'apiToken', 'ingestToken'];

/**
 * The log of a process. Lines are written synchronously: the last lines before a crash are the ones
 * that matter, and nothing logs per block. Secrets are taken out of the finished line, so that no
 * call can leak one by putting it into a message or a nested field.
 */
export function openLogger(options: LogOptions): Logger {
  const settings: LoggerOptions = {
    level: options.levels.fallback,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    redact: {
      paths: SECRET_FIELDS.flatMap((field) => [field, `*.${field}`, `*.*.${field}`]),
      censor: '[redacted]',
    },
    hooks: { streamWrite: maskSecrets },
  };
  const destination = options.destination ?? pino.destination({ dest: 2, sync: true });
  if (options.format === 'json') return pino(settings, destination);
  return pino(settings, prettyStream(destination, options.destination === undefined));
}

/** The log of one named part, at the level the user gave to that name. */
export function namedLogger(parent: Logger, name: string, levels: LogLevels): Logger {
  return parent.child({ name }, { level: levelFor(levels, name) });
}

/** pino-pretty's own stream is asynchronous and would lose the last lines of a process that exits. */
function prettyStream(destination: DestinationStream, colorize: boolean): DestinationStream {
  const format = pinoPretty.prettyFactory({
    colorize,
    translateTime: 'SYS:HH:MM:ss.l',
    // The message of a child's event begins with its path.
    ignore: 'name,child',
    messageFormat: '{if name}{name}: {end}{msg}',
  });
  return { write: (line) => destination.write(format(line)) };
}
