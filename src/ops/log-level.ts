/** Levels of pino, from the most to the least talkative. */
const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof LEVELS)[number];

/** What the user asked for: a level for everything, and levels of single parts by name. */
export interface LogLevels {
  readonly fallback: LogLevel;
  readonly byName: ReadonlyMap<string, LogLevel>;
}

/** Other words for the same levels: `off` of Rust's log crate, `warning` of many programs. */
const SYNONYMS: Readonly<Record<string, LogLevel>> = { off: 'silent', warning: 'warn' };

/**
 * Reads a plain level or the directive list of `RUST_LOG` (`warn,clickhouse=error,iq_plugin=debug`).
 * A target without a level means everything of it; words that are no level are left out,
 * since users bring values written for other programs. Syntax: docs of the Rust crate `env_logger`.
 */
export function parseLogLevels(text: string | null): LogLevels {
  let fallback: LogLevel | undefined;
  const byName = new Map<string, LogLevel>();
  for (const directive of (text ?? '').split(/[,\s]+/)) {
    const [left = '', right] = directive.split('=', 2);
    const bare = levelOf(left);
    if (right === undefined && bare !== undefined) fallback = bare;
    else if (left !== '') {
      const level = right === undefined ? 'trace' : levelOf(right);
      if (level !== undefined) byName.set(targetName(left), level);
    }
  }
  return { fallback: fallback ?? 'info', byName };
}

/** The level of a part such as `supervisor` or `clickhouse`: its own, or the one of everything. */
export function levelFor(levels: LogLevels, name: string): LogLevel {
  return levels.byName.get(targetName(name)) ?? levels.fallback;
}

function levelOf(word: string): LogLevel | undefined {
  const lower = word.trim().toLowerCase();
  return SYNONYMS[lower] ?? LEVELS.find((level) => level === lower);
}

/** Rust targets are paths with underscores (`iq_plugin::session`); our parts are single words with dashes. */
function targetName(target: string): string {
  const root = target.split('::', 1)[0] ?? '';
  return root.toLowerCase().replaceAll('_', '-');
}
