import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, type TestContext } from 'node:test';
import { freePort } from './free-port.ts';
import { choosePostgres, type PostgresChoice } from './postgres/choose-postgres.ts';
import { copyFolder, makeServerFolder, onDatabase } from './postgres/data-template.ts';
import {
  dropDatabase,
  makeGivenDatabase,
  makeOwnDatabase,
  type NewDatabase,
} from './postgres/database-maker.ts';
import {
  type PostgresProcess,
  postgresUrl,
  startPostgresProcess,
} from './postgres/postgres-process.ts';
import { giveFolder, serverUser } from './postgres/server-user.ts';

/** A real PostgreSQL for tests. */
export interface PostgresForTest {
  /** The URL of a new database at each call. */
  readonly databaseUrl: (given?: NewDatabase) => Promise<string>;
  /** Resolves when it is gone: SIGKILL is a crash of all its processes, SIGINT an orderly end. */
  readonly stop: (signal: NodeJS.Signals) => Promise<void>;
  /** Starts it on the same port and data; resolves when it answers. */
  readonly start: () => Promise<void>;
  /** Of the server's first process; null for the server of DATABASE_URL. */
  readonly pid: () => number | null;
}

const givenUrl = process.env['DATABASE_URL'] ?? '';

const found = await findServer().then(
  (server) => ({ server, reason: '' }),
  (error: unknown) => ({
    server: null,
    reason: `PostgreSQL with PostGIS is not here: ${error instanceof Error ? error.message : String(error)}`,
  }),
);

/** Reason to skip a test that needs PostgreSQL with PostGIS, or false. On CI it is false: there such tests fail. */
export const postgresMissing: string | false =
  found.server === null && process.env['CI'] !== 'true' ? found.reason : false;

/** Reason to skip a test that stops its server, or false. */
export const postgresUnstoppable: string | false =
  postgresMissing || (givenUrl !== '' && 'a test does not stop the server of DATABASE_URL');

async function findServer(): Promise<PostgresChoice | 'given'> {
  if (givenUrl === '') return choosePostgres();
  const ask = "SELECT 1 FROM pg_available_extensions WHERE name = 'postgis'";
  const { rowCount } = await onDatabase(givenUrl, ask);
  if (rowCount === 0) throw new Error('the server of DATABASE_URL has no PostGIS');
  return 'given';
}

/** What runs when a test, or a whole file, has ended. */
type Cleanups = Pick<TestContext, 'after'>;

/**
 * A server of this test's own, which ends with the test. Cleanups of a test run in the order they were asked for,
 * so that connections the test closes later see the server's end first; those of `sharedPostgres` do not.
 */
export async function openPostgres(t: Cleanups): Promise<PostgresForTest> {
  const { server } = found;
  if (server === null) throw new Error(found.reason);
  return server === 'given' ? givenServer(t) : ownServer(t, server);
}

const cleanups: (() => unknown)[] = [];
let shared: Promise<PostgresForTest> | null = null;
after(async () => {
  for (const cleanup of cleanups) await cleanup();
});

/** One server for all tests of this file, started when it is first asked for; it ends after the last of them. */
export function sharedPostgres(): Promise<PostgresForTest> {
  shared ??= openPostgres({ after: (cleanup) => void cleanups.push(cleanup as () => unknown) });
  return shared;
}

async function ownServer(t: Cleanups, choice: PostgresChoice): Promise<PostgresForTest> {
  const { install, template } = choice;
  const folder = makeServerFolder();
  let running: PostgresProcess | null = null;
  t.after(async () => {
    await running?.stop('SIGQUIT');
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  });
  await copyFolder(template, join(folder, 'data'));
  giveFolder(folder, serverUser());
  const port = await freePort();
  const start = async (): Promise<void> => {
    running = await startPostgresProcess({ install, folder, port });
  };
  await start();
  return {
    databaseUrl: (given = {}) => makeOwnDatabase(postgresUrl(port, 'postgres'), given),
    stop: async (signal) => running?.stop(signal),
    start,
    pid: () => running?.pid ?? null,
  };
}

function givenServer(t: Cleanups): PostgresForTest {
  const refuse = (): never => {
    throw new Error(String(postgresUnstoppable));
  };
  const databaseUrl = async (given: NewDatabase = {}): Promise<string> => {
    const url = await makeGivenDatabase(givenUrl, given);
    t.after(() => dropDatabase(givenUrl, url));
    return url;
  };
  return { databaseUrl, stop: refuse, start: refuse, pid: () => null };
}
