import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import test, { type TestContext } from 'node:test';
import type { ColumnValue } from '../../../../src/model/record-table.ts';
import { freePort } from '../../../support/free-port.ts';
import { faultOf, openOracle, openPostgresStore } from '../../../support/open-postgres-store.ts';
import { onDatabase } from '../../../support/postgres/data-template.ts';
import {
  openPostgres,
  type PostgresForTest,
  postgresMissing,
  postgresUnstoppable,
  sharedPostgres,
} from '../../../support/postgres-server.ts';
import { ContractWriter } from '../../../support/record-contract/contract-database.ts';
import { event, scene } from '../../../support/record-samples.ts';
import { until } from '../../../support/until.ts';

/** Goal: whatever the server does, a batch is stored whole or not at all, and the store works when the server does. */

const needsServer = { skip: postgresMissing };
const did = 'did:plc:faults';
const { signal } = new AbortController();
const position = { timeUs: 7, seq: 7, host: 'h' };
const gone = faultOf('SINK_UNREACHABLE', true, /tried again/);

async function opened(t: TestContext, server: PostgresForTest) {
  const url = await server.databaseUrl({ postgis: true });
  const store = openPostgresStore(t, url);
  await store.migrate(signal);
  return { url, store, writer: await ContractWriter.of(store) };
}

/** Lets no batch save its position, which is its last step, until `free`. */
async function holdPosition(t: TestContext, url: string) {
  const oracle = await openOracle(t, url);
  await oracle.query('BEGIN; LOCK TABLE indexer_state IN ACCESS EXCLUSIVE MODE');
  const waiting =
    "SELECT pid FROM pg_stat_activity WHERE application_name = 'millrace' AND wait_event_type = 'Lock' AND datname = current_database()";
  const waiters = async (count: number) => {
    let pids: number[] = [];
    await until('a batch waits for its last step', async () => {
      pids = (await onDatabase(url, waiting)).rows.map(({ pid }) => pid);
      return pids.length >= count;
    });
    return pids;
  };
  return { waiters, free: () => oracle.query('COMMIT') };
}

test(
  'a connection that is ended within a batch leaves nothing of it, and the next batch has another',
  needsServer,
  async (t) => {
    const { url, store, writer } = await opened(t, await sharedPostgres());
    const held = await holdPosition(t, url);
    const failing = assert.rejects(writer.apply([scene(did, 'home', 1)], { position }), gone);
    const [pid] = await held.waiters(1);
    await onDatabase(url, `SELECT pg_terminate_backend(${pid})`);
    await failing;
    await held.free();
    assert.equal((await onDatabase(url, 'SELECT 1 FROM scenes')).rowCount, 0);
    assert.equal(await store.readPosition('stream'), null);
    await writer.apply([scene(did, 'home', 1)], { position });
    assert.deepEqual(await store.readPosition('stream'), position);
    assert.equal((await store.countRows())['scenes'], 1);
  },
);

test(
  'connections that end while nothing is asked of them are made anew',
  needsServer,
  async (t) => {
    const { url, store, writer } = await opened(t, await sharedPostgres());
    const end =
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'millrace' AND datname = current_database()";
    assert.ok(((await onDatabase(url, end)).rowCount ?? 0) >= 2);
    await until('both kinds of connection are there again', async () => {
      try {
        await store.ping(signal);
        return (await writer.apply([scene(did, 'home', 1)])) !== null;
      } catch (error) {
        assert(gone(error));
        return false;
      }
    });
    assert.equal((await store.countRows())['scenes'], 1);
  },
);

test('a server that crashes within a batch and comes back has nothing of it, and all of the next', {
  skip: postgresUnstoppable,
}, async (t) => {
  const server = await openPostgres(t);
  const { url, store, writer } = await opened(t, server);
  await writer.apply([scene(did, 'before', 1)]);
  const held = await holdPosition(t, url);
  const failing = assert.rejects(writer.apply([scene(did, 'home', 1)], { position }), gone);
  await held.waiters(1);
  await server.stop('SIGKILL');
  await failing;
  await assert.rejects(writer.apply([scene(did, 'home', 1)], { position }), gone);
  await assert.rejects(store.readPosition('stream'), gone);
  await assert.rejects(store.ping(signal), gone);
  await server.start();
  assert.equal(await store.readPosition('stream'), null);
  assert.equal((await store.countRows())['scenes'], 1);
  await writer.apply([scene(did, 'home', 1)], { position });
  assert.equal((await store.countRows())['scenes'], 2);
});

test(
  'what a batch writes under a lease is durable before another can take the lease',
  needsServer,
  async (t) => {
    const { url, store } = await opened(t, await sharedPostgres());
    const other = openPostgresStore(t, url);
    const lease = await store.acquireLease('short', 'one', 1);
    assert(lease !== null);
    const held = await holdPosition(t, url);
    const applied = store.apply({ lease, changes: [], rejections: [], position });
    await held.waiters(1);
    const taken = other.acquireLease('short', 'two', 60_000);
    await held.waiters(2);
    await held.free();
    let second = await taken;
    await until('the lease is over', async () => {
      second ??= await other.acquireLease('short', 'two', 60_000);
      return second !== null;
    });
    assert.deepEqual(await other.readPosition('short'), position);
    await applied;
    const lost = faultOf('LEASE_LOST', false, /short/);
    await assert.rejects(store.apply({ lease, changes: [], rejections: [], position }), lost);
    await assert.rejects(store.renewLease(lease), lost);
  },
);

test(
  'records that PostgreSQL cannot hold are refused alone, wherever the fault is in them',
  needsServer,
  async (t) => {
    const { store, writer } = await opened(t, await sharedPostgres());
    const bad = (rkey: string, values: Readonly<Record<string, ColumnValue>>) => {
      const change = scene(did, rkey, 1);
      const { record } = change;
      return { ...change, record: { ...record, values: { ...record.values, ...values } } };
    };
    const long = `did:web:${randomBytes(6000).toString('base64')}`;
    const refused = [
      bad('text', { name: 'secret\0' }),
      bad('json', { palette: { secret: 'secret\0' } }),
      bad('list', { tags: ['a', 'secret\0'] }),
      bad('surrogate', { palette: { a: 'secret\ud800' } }),
      bad('number', { size: 'secret' }),
      scene(did, 'secret\0key', 1),
      scene(long, 'long', 1),
      event(`${did}\0secret`, 'waits', 1),
    ];
    const good = refused.map((_, n) => scene(did, `good${n}`, 1));
    const outcome = await writer.apply(
      good.flatMap((change, n) => [change, ...refused.slice(n, n + 1)]),
      { position },
    );
    assert.equal(outcome.inserted, good.length);
    assert.equal(outcome.deadLetters, refused.length);
    assert.deepEqual(await store.readPosition('stream'), position);
    const letters = await store.deadLetters({ after: 0, limit: 100 });
    assert.equal(letters.length, refused.length);
    for (const { detail } of letters) assert.doesNotMatch(detail, /secret/);
    const kept = new Map(letters.map(({ digest, change }) => [digest, change]));
    assert.deepEqual(new Set(kept.values()), new Set(refused));
  },
);

test(
  'what quarantine says of hostile frames is kept, whatever characters are in it',
  needsServer,
  async (t) => {
    const { store, writer } = await opened(t, await sharedPostgres());
    const rejection = {
      ...{ reason: 'ErrMissingField' as const, detail: 'a\0b', rev: '\0', timeUs: 1 },
      ...{ key: { did: 'd\0', collection: '\0', rkey: '\ud800' }, digest: '0'.repeat(64) },
    };
    await writer.apply([], { rejections: [rejection, rejection], position });
    const [letter] = await store.deadLetters({ after: 0, limit: 10 });
    assert.deepEqual([letter?.detail, letter?.seen], ['a\u{FFFD}b', 2]);
    const time = '2026-01-01T00:00:00Z';
    await writer.apply([
      { type: 'identity', did, handle: 'a\0', time },
      { type: 'account', did, active: false, status: '\0', time },
    ]);
  },
);

test(
  'faults are told apart by what can be done, and none tells the password',
  needsServer,
  async (t) => {
    const url = new URL(await (await sharedPostgres()).databaseUrl());
    url.password = 'hush';
    const missing = new URL(url);
    missing.pathname = '/not_there';
    const closed = new URL(url);
    closed.port = String(await freePort());
    const faults: readonly (readonly [string, ReturnType<typeof faultOf>])[] = [
      [missing.href, faultOf('SINK_REFUSED', false, /not_there.* does not exist/)],
      [closed.href, faultOf('SINK_UNREACHABLE', true, /ECONNREFUSED/)],
      [`${url.href}?sslmode=require`, faultOf('SINK_REFUSED', false, /SSL/)],
    ];
    for (const [databaseUrl, fault] of faults) {
      await assert.rejects(openPostgresStore(t, databaseUrl).ping(signal), (error: unknown) => {
        assert(error instanceof Error);
        assert.doesNotMatch(error.message, /hush/);
        return fault(error);
      });
    }
  },
);

test('what is no address of a database is refused without repeating it', (t) => {
  for (const address of ['hush', 'mysql://user:hush@h/db', 'postgres://user:hush@h:x/db']) {
    assert.throws(
      () => openPostgresStore(t, address),
      (error: unknown) => {
        const fault = faultOf('CONFIG', false, /postgres:\/\/user:password@host:port\/name/);
        return fault(error) && !String(error).includes('hush');
      },
    );
  }
});
