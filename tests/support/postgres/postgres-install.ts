import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';

/** Programs of one PostgreSQL, and what they need to run. */
export interface PostgresInstall {
  /** Absolute folder of `postgres` and `initdb`. */
  readonly binDir: string;
  /** Holds `extension/postgis.control`. */
  readonly shareDir: string;
  readonly env: Readonly<Record<string, string>>;
}

export interface PostgresVersion {
  readonly major: number;
  /** Names the server and its PostGIS, as `15.20-3.3.2`; fit for a file name. */
  readonly text: string;
}

/**
 * Asks the server itself for its version, and the extension's control file for that of PostGIS.
 * @throws {Error} when the server does not run or there is no PostGIS beside it.
 */
export async function readPostgresVersion(install: PostgresInstall): Promise<PostgresVersion> {
  const options = { env: install.env, timeout: 20_000, stdin: 'ignore' } as const;
  const { stdout } = await execa(join(install.binDir, 'postgres'), ['--version'], options);
  const server = /\s(\d+)(\.\d+)?/.exec(stdout);
  const control = readFileSync(join(install.shareDir, 'extension/postgis.control'), 'utf8');
  const postgis = /^default_version\s*=\s*'([\w.]+)'/m.exec(control)?.[1];
  if (server === null || postgis === undefined) {
    throw new Error(`no version in "${stdout}" or in the postgis.control of ${install.shareDir}`);
  }
  return { major: Number(server[1]), text: `${server[0].trim()}-${postgis}` };
}
