import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { openStore } from '../../src/store/store.ts';
import { findSetpriv } from '../../supervisor/process-child.ts';
import { cliHome } from '../support/cli-process.ts';
import { freePort } from '../support/free-port.ts';
import { fakeProgram, processesNaming, runLauncher } from '../support/launcher-run.ts';
import { clickhouseMissing } from '../support/services.ts';

/** Goal: whatever keeps `up` from starting is named with its place and remedy, ends with 1, and leaves nothing behind. */

type Environment = Readonly<Record<string, string>>;

interface Fault {
  readonly env: Environment;
  /** Everything that must stand in what is said. */
  readonly says: readonly (string | RegExp)[];
  readonly wrap?: readonly string[];
}

const EMBEDDED = { JETSTREAMER_CLICKHOUSE_MODE: 'embedded' };
const WITH_NATS = { MILLRACE_NATS_MODE: 'auto' };

/** Starts `up` with the fault, and looks at what it says and leaves. */
async function assertRefused(t: TestContext, fault: Fault): Promise<string> {
  const home = await cliHome(t);
  const env = { ...home.env, ...fault.env };
  const { code, said } = await runLauncher(t, {
    ...{ words: ['up'], env },
    ...(fault.wrap === undefined ? {} : { wrap: fault.wrap }),
  });
  assert.equal(code, 1, said);
  for (const text of fault.says) {
    assert(
      typeof text === 'string' ? said.includes(text) : text.test(said),
      `${text} in:\n${said}`,
    );
  }
  const folder = env['MILLRACE_DATA_DIR'] ?? '';
  assert.deepEqual(processesNaming(folder), []);
  const run = join(folder, 'run');
  const records = existsSync(run) ? readdirSync(run).filter((name) => name.endsWith('.json')) : [];
  assert.deepEqual(records, []);
  return folder;
}

/** A port that somebody else listens on. */
async function takenPort(t: TestContext): Promise<string> {
  const port = await freePort();
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  t.after(() => server.close());
  return String(port);
}

async function dataFolder(t: TestContext): Promise<string> {
  const { dataDir } = await cliHome(t);
  mkdirSync(dataDir);
  return dataDir;
}

test('a taken API port', async (t) => {
  const port = await takenPort(t);
  const says = [`127.0.0.1:${port} for the API`, 'choose another port with MILLRACE_API_PORT'];
  await assertRefused(t, { env: { MILLRACE_API_PORT: port }, says });
});

test('a taken ClickHouse port', { skip: clickhouseMissing }, async (t) => {
  const port = await takenPort(t);
  const says = [`127.0.0.1:${port} for ClickHouse`, 'set MILLRACE_CLICKHOUSE_PORT to another port'];
  await assertRefused(t, { env: { ...EMBEDDED, MILLRACE_CLICKHOUSE_PORT: port }, says });
});

for (const [what, name, other] of [
  ['NATS', 'MILLRACE_NATS_PORT', 'MILLRACE_NATS_MONITOR_PORT'],
  ['NATS monitoring', 'MILLRACE_NATS_MONITOR_PORT', 'MILLRACE_NATS_PORT'],
] as const) {
  test(`a taken ${what} port`, async (t) => {
    const port = await takenPort(t);
    const program = fakeProgram(t, { version: 'nats-server: v2.10.0', lastWords: '' });
    const ports = { [name]: port, [other]: String(await freePort()) };
    await assertRefused(t, {
      env: { ...WITH_NATS, MILLRACE_NATS_BIN: program, ...ports },
      says: [`127.0.0.1:${port} for ${what}`, `set ${name} to another port`],
    });
  });
}

test('a data folder that another supervisor holds', async (t) => {
  const folder = await dataFolder(t);
  const store = openStore({ folder, bytesMax: 2 ** 30 });
  t.after(() => store.close());
  const says = [folder, `process with pid ${process.pid}`, 'choose another folder'];
  await assertRefused(t, { env: { MILLRACE_DATA_DIR: folder }, says });
});

const setpriv = findSetpriv();

test('a data folder that may not be written', {
  skip: setpriv === null ? 'no setpriv to take the rights of root away' : false,
}, async (t) => {
  const folder = await dataFolder(t);
  mkdirSync(join(folder, 'closed'), { mode: 0o555 });
  const closed = join(folder, 'closed');
  const says = [`writing ${closed}`, 'EACCES', 'name another folder in MILLRACE_DATA_DIR'];
  const root = process.getuid?.() === 0;
  const wrap = root ? [setpriv ?? '', '--bounding-set=-dac_override,-dac_read_search'] : [];
  await assertRefused(t, { env: { MILLRACE_DATA_DIR: closed }, says, wrap });
});

test('a store that is no database', async (t) => {
  const folder = await dataFolder(t);
  writeFileSync(join(folder, 'millrace.db'), 'not a database'.repeat(1000));
  const says = [join(folder, 'millrace.db'), 'not a SQLite database; move it away'];
  await assertRefused(t, { env: { MILLRACE_DATA_DIR: folder }, says });
});

test('a ClickHouse folder that cannot be read', { skip: clickhouseMissing }, async (t) => {
  const folder = await dataFolder(t);
  const metadata = join(folder, 'clickhouse', 'metadata');
  mkdirSync(metadata, { recursive: true });
  writeFileSync(join(metadata, 'millrace.sql'), 'garbage');
  const port = String(await freePort());
  await assertRefused(t, {
    env: { ...EMBEDDED, MILLRACE_DATA_DIR: folder, MILLRACE_CLICKHOUSE_PORT: port },
    says: [join(folder, 'clickhouse'), 'metadata/millrace.sql', 'move that folder away'],
  });
});

test('a clickhouse program that is not there, or too old', async (t) => {
  const mode = { JETSTREAMER_CLICKHOUSE_MODE: 'auto' };
  await assertRefused(t, {
    env: { ...mode, MILLRACE_CLICKHOUSE_BIN: '/nowhere/clickhouse' },
    says: ['/nowhere/clickhouse', 'MILLRACE_CLICKHOUSE_BIN', 'embedded engine'],
  });
  const version = 'ClickHouse server version 23.8.16.40';
  const old = fakeProgram(t, { version, lastWords: '' });
  await assertRefused(t, {
    env: { ...mode, MILLRACE_CLICKHOUSE_BIN: old },
    says: [old, '24 or newer', '23.8.16.40', 'MILLRACE_CLICKHOUSE_BIN'],
  });
});

test('a nats-server that is not there, or too old', async (t) => {
  await assertRefused(t, {
    env: { ...WITH_NATS, MILLRACE_NATS_BIN: '/nowhere/nats-server' },
    says: ['/nowhere/nats-server', 'doctor --fix', 'MILLRACE_NATS_MODE=off'],
  });
  const old = fakeProgram(t, { version: 'nats-server: v2.1.0', lastWords: '' });
  await assertRefused(t, {
    env: { ...WITH_NATS, MILLRACE_NATS_BIN: old },
    says: [old, '2.9 or newer', '2.1.0', 'doctor --fix'],
  });
});

test('a service that ends while it starts shows its last lines, which stand in its log file', async (t) => {
  const lastWords = 'the mill has no water';
  const version = 'ClickHouse server version 25.3.1.1';
  const program = fakeProgram(t, { version, lastWords });
  const port = String(await freePort());
  const folder = await assertRefused(t, {
    env: {
      JETSTREAMER_CLICKHOUSE_MODE: 'local',
      MILLRACE_CLICKHOUSE_BIN: program,
      MILLRACE_CLICKHOUSE_PORT: port,
    },
    says: ['running clickhouse', 'exit code 3', lastWords, /log: .*logs\/clickhouse\.log/],
  });
  assert.match(readFileSync(join(folder, 'logs', 'clickhouse.log'), 'utf8'), /no water/);
});

test('a setting that does not exist, with the nearest one that does', async (t) => {
  const says = ['MILLRACE_API_PROT', 'the nearest known name is MILLRACE_API_PORT'];
  await assertRefused(t, { env: { MILLRACE_API_PROT: '1' }, says });
});

test('an API that would listen beyond loopback without a token', async (t) => {
  const says = ['0.0.0.0', 'MILLRACE_API_TOKEN'];
  await assertRefused(t, { env: { MILLRACE_API_HOST: '0.0.0.0' }, says });
});
