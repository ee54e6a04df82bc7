import { existsSync, readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { errorText, OperatingError } from '../core/errors.ts';
import { nearestName } from './nearest-name.ts';
import type { Setting } from './setting.ts';
import { settings } from './settings.ts';
import { checkUnhonouredNames } from './unhonoured-names.ts';

type Settings = typeof settings;

/** Every setting, read once, checked and frozen. Flags of a command override single fields with `withOverrides`. */
export type Config = { readonly [K in keyof Settings]: ReturnType<Settings[K]['parse']> };

export interface LoadedConfig {
  readonly config: Config;
  /** Sentences about values that were tolerated; the entry logs them. */
  readonly warnings: readonly string[];
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads `.env` of the working folder and the process environment, which wins.
 * @throws {OperatingError} CONFIG for a value that cannot be read, an unknown `MILLRACE_` name and an archive in S3.
 */
export function loadConfig(): LoadedConfig {
  return parseConfig({ ...readEnvFile('.env'), ...process.env });
}

export function parseConfig(environment: Environment): LoadedConfig {
  rejectUnknownNames(environment);
  const warnings: string[] = [];
  const warn = (sentence: string): void => void warnings.push(sentence);
  checkUnhonouredNames(environment, warn);
  const entries = Object.entries(settings).map(([key, setting]) => [
    key,
    readSetting<unknown>(setting, environment, warn),
  ]);
  return { config: Object.freeze(Object.fromEntries(entries) as Config), warnings };
}

/** The config with the given fields replaced; undefined fields are left as they are. */
export function withOverrides(
  config: Config,
  overrides: { readonly [K in keyof Config]?: Config[K] | undefined },
): Config {
  const given = Object.entries(overrides).filter(([, value]) => value !== undefined);
  return Object.freeze({ ...config, ...Object.fromEntries(given) });
}

function readSetting<T>(
  setting: Setting<T>,
  environment: Environment,
  warn: (sentence: string) => void,
): T {
  for (const name of setting.names) {
    const value = environment[name];
    if (value !== undefined) return setting.parse(value, name, warn);
  }
  return setting.fallback;
}

function rejectUnknownNames(environment: Environment): void {
  const known = Object.values(settings).flatMap((setting) => setting.names);
  for (const name of Object.keys(environment)) {
    if (!name.startsWith('MILLRACE_') || known.includes(name)) continue;
    throw new OperatingError(
      'CONFIG',
      `${name}: no such setting; the nearest known name is ${nearestName(name, known)}`,
      { retryable: false, fields: { name } },
    );
  }
}

function readEnvFile(path: string): Environment {
  if (!existsSync(path)) return {};
  try {
    return parseEnv(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new OperatingError('CONFIG', `reading ${path}: ${errorText(error)}`, {
      retryable: false,
      cause: error,
    });
  }
}
