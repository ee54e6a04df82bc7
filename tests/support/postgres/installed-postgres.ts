import { existsSync, globSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { onPath } from '../../../supervisor/children/find-program.ts';
import { type PostgresInstall, readPostgresVersion } from './postgres-install.ts';

const MAJOR_MIN = 13;

/** Where Debian, the project's own RPMs, and the two usual folders of macOS keep servers beside each other. */
const BIN_FOLDERS = [
  '/usr/lib/postgresql/*/bin',
  '/usr/pgsql-*/bin',
  '/opt/homebrew/opt/postgresql@*/bin',
  '/Applications/Postgres.app/Contents/Versions/*/bin',
];

/**
 * The newest PostgreSQL of this machine, 13 or later, that has PostGIS beside it.
 * @throws {Error} that names what was found and why it does not do.
 */
export async function findInstalledPostgres(): Promise<PostgresInstall> {
  const never = new AbortController().signal;
  const initdb = await onPath('initdb', never);
  const candidates = new Set(BIN_FOLDERS.flatMap((pattern) => globSync(pattern)));
  if (initdb !== null) candidates.add(dirname(realpathSync(initdb)));
  let best: { readonly major: number; readonly install: PostgresInstall } | null = null;
  const refused: string[] = [];
  for (const binDir of candidates) {
    try {
      const install = await readInstall(binDir);
      const { major } = await readPostgresVersion(install);
      if (major < MAJOR_MIN) throw new Error(`version ${major} is older than ${MAJOR_MIN}`);
      if (best === null || major > best.major) best = { major, install };
    } catch (error) {
      refused.push(`${binDir}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  if (best !== null) return best.install;
  throw new Error(refused.length === 0 ? 'no PostgreSQL is installed' : refused.join('; '));
}

async function readInstall(binDir: string): Promise<PostgresInstall> {
  if (!existsSync(join(binDir, 'initdb'))) throw new Error('no initdb there');
  const { stdout } = await execa(join(binDir, 'pg_config'), ['--sharedir'], { timeout: 20_000 });
  const shareDir = stdout.trim();
  if (!existsSync(join(shareDir, 'extension/postgis.control'))) throw new Error('without PostGIS');
  return { binDir, shareDir, env: {} };
}
