import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { Client, type QueryResult } from 'pg';
import { freePort } from '../free-port.ts';
import { holdLock } from './held-lock.ts';
import { type PostgresInstall, readPostgresVersion } from './postgres-install.ts';
import { postgresUrl, startPostgresProcess } from './postgres-process.ts';
import { giveFolder, serverUser } from './server-user.ts';

/** A database of every template: its copies have PostGIS at once, which takes a second to make anew. */
export const POSTGIS_DATABASE = 'with_postgis';

/**
 * A data folder as `initdb` makes it, with one database that has PostGIS. It is made once for each version of the
 * two and each user, and kept below `binDir`; that it could be made shows that the installation works.
 * @returns its path; servers run on copies of it.
 */
export async function provideDataTemplate(
  install: PostgresInstall,
  binDir: string,
): Promise<string> {
  const { text } = await readPostgresVersion(install);
  const path = join(binDir, `postgres-data-${text}-${process.getuid?.() ?? 0}`);
  if (existsSync(path)) return path;
  mkdirSync(binDir, { recursive: true });
  const release = await holdLock(join(binDir, 'postgres-data.lock'));
  try {
    if (!existsSync(path)) await makeTemplate(install, path);
    return path;
  } finally {
    release();
  }
}

async function makeTemplate(install: PostgresInstall, path: string): Promise<void> {
  const folder = makeServerFolder();
  const unfinished = `${path}.new`;
  try {
    await initialise(install, folder);
    await addPostgis(install, folder);
    rmSync(unfinished, { recursive: true, force: true });
    await copyFolder(join(folder, 'data'), unfinished);
    renameSync(unfinished, path);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** An empty folder that whoever the server runs as may use. */
export function makeServerFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-postgres-'));
  giveFolder(folder, serverUser());
  return folder;
}

async function initialise(install: PostgresInstall, folder: string): Promise<void> {
  const given = ['-D', join(folder, 'data'), '-U', 'postgres', '-A', 'trust'];
  // Segments of one megabyte keep every copy small.
  const shape = ['-E', 'UTF8', '--no-locale', '--wal-segsize=1', '--no-sync', '--no-instructions'];
  await execa(join(install.binDir, 'initdb'), [...given, ...shape], {
    cwd: folder,
    env: install.env,
    stdin: 'ignore',
    timeout: 120_000,
    ...serverUser(),
  });
}

async function addPostgis(install: PostgresInstall, folder: string): Promise<void> {
  const port = await freePort();
  const server = await startPostgresProcess({ install, folder, port });
  try {
    await onDatabase(postgresUrl(port, 'postgres'), `CREATE DATABASE ${POSTGIS_DATABASE}`);
    await onDatabase(postgresUrl(port, POSTGIS_DATABASE), 'CREATE EXTENSION postgis');
  } finally {
    await server.stop('SIGINT');
  }
}

/** Runs one statement on a connection of its own. */
export async function onDatabase(url: string, statement: string): Promise<QueryResult> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  // What ends the connection also fails the statement.
  client.on('error', () => undefined);
  try {
    await client.connect();
    return await client.query(statement);
  } finally {
    await client.end();
  }
}

/** Keeps the modes of folders, which the server insists on. */
export async function copyFolder(from: string, to: string): Promise<void> {
  await execa('cp', ['-a', from, to]);
}
