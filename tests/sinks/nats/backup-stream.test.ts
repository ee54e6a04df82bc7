import assert from 'node:assert/strict';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { type JetStreamManager, jetstream } from '@nats-io/jetstream';
import { headers } from '@nats-io/transport-node';
import { applyStreams } from '../../../src/sinks/nats/apply-streams.ts';
import { backupStream } from '../../../src/sinks/nats/backup-stream.ts';
import { restoreStream } from '../../../src/sinks/nats/restore-stream.ts';
import {
  DEFINITIONS_FOLDER,
  loadStreamDefinitions,
} from '../../../src/sinks/nats/stream-definitions.ts';
import { verifyStreams } from '../../../src/sinks/nats/verify-streams.ts';
import { natsMissing, openNats } from '../../support/nats-server.ts';
import { tempFolder } from '../../support/temp-folder.ts';

/** Goal: a backup brings back every message with its ids, or says that it cannot before it touches anything. */

const never = new AbortController().signal;
const skip = natsMissing;
const definitions = loadStreamDefinitions(DEFINITIONS_FOLDER);

/** Payloads with their headers, in order. */
async function contents(manager: JetStreamManager, stream: string): Promise<string[]> {
  const { state } = await manager.streams.info(stream);
  const found: string[] = [];
  for (let seq = state.first_seq; state.messages > 0 && seq <= state.last_seq; seq++) {
    const message = await manager.streams.getMessage(stream, { seq });
    if (message === null) continue;
    const payload = Buffer.from(message.data).toString('hex');
    found.push(JSON.stringify([message.subject, [...(message.header ?? [])], payload]));
  }
  return found;
}

test('messages, ids, settings and consumers come back on another server, and ids are still known', {
  skip,
}, async (t) => {
  const from = await openNats(t);
  await applyStreams(from.connection, { definitions, force: false }, never);
  const client = jetstream(from.connection);
  const many = headers();
  many.append('Other', 'one');
  many.append('Other', 'two ü');
  for (let n = 0; n < 500; n++) {
    const payload = new Uint8Array(n * 7).map((_, index) => index + n);
    const options = n % 3 === 0 ? { headers: many } : {};
    await client.publish('dex.sol.swaps', payload, { ...options, msgID: `id${n}` });
  }
  await client.publish('dex.sol.swaps', 'without any header');
  const sink = await client.consumers.get('dex-swaps', 'clickhouse-sink');
  for (let n = 0; n < 200; n++) {
    const message = await sink.next();
    // A hole in the middle, longer than what is read at once, and one at the start.
    if (n < 3 || n > 60) await message?.ackAck();
  }
  const folder = join(tempFolder(t), 'backup');
  const backup = await backupStream(from.connection, { stream: 'dex-swaps', folder }, never);
  const before = await contents(from.manager, 'dex-swaps');
  assert.equal(backup.messages, before.length);
  assert.equal(before.length, 501 - 3 - 139);
  assert.deepEqual(readdirSync(folder).toSorted(), ['manifest.json', 'messages.bin']);

  const to = await openNats(t);
  const result = await restoreStream(to.connection, { folder, overwrite: false }, never);
  assert.deepEqual(result, {
    ...{ stream: 'dex-swaps', messages: before.length, consumers: ['clickhouse-sink'] },
  });
  assert.deepEqual(await contents(to.manager, 'dex-swaps'), before);
  const drift = await verifyStreams(to.connection, definitions, never);
  assert.deepEqual(
    drift.filter(({ stream }) => stream === 'dex-swaps'),
    [],
  );
  const again = await jetstream(to.connection).publish('dex.sol.swaps', 'x', { msgID: 'id499' });
  assert.equal(again.duplicate, true);
});

test('a stream that holds messages is replaced only when told, and then holds what the backup holds', {
  skip,
}, async (t) => {
  const { connection, manager } = await openNats(t);
  await applyStreams(connection, { definitions, force: false }, never);
  const client = jetstream(connection);
  for (const id of ['a', 'b']) await client.publish('dex.sol.swaps', id, { msgID: id });
  const folder = join(tempFolder(t), 'backup');
  await backupStream(connection, { stream: 'dex-swaps', folder }, never);
  const before = await contents(manager, 'dex-swaps');
  await client.publish('dex.sol.swaps', 'c', { msgID: 'c' });
  await assert.rejects(restoreStream(connection, { folder, overwrite: false }, never), {
    code: 'USAGE',
    message: /received one with 3 messages.*--overwrite/,
  });
  assert.equal((await manager.streams.info('dex-swaps')).state.messages, 3);
  await restoreStream(connection, { folder, overwrite: true }, never);
  assert.deepEqual(await contents(manager, 'dex-swaps'), before);
  await manager.streams.purge('dex-swaps');
  await restoreStream(connection, { folder, overwrite: false }, never);
  assert.deepEqual(await contents(manager, 'dex-swaps'), before);
});

test('a restore that is run again after it was broken off brings the consumers back, too', {
  skip,
}, async (t) => {
  const { connection, manager } = await openNats(t);
  const folder = join(tempFolder(t), 'backup');
  await manager.streams.add({ name: 's', subjects: ['s'] });
  await manager.consumers.add('s', { durable_name: 'reader', ack_policy: 'explicit' });
  await jetstream(connection).publish('s', 'a message');
  await backupStream(connection, { stream: 's', folder }, never);
  // What a restore leaves that ends between making the stream and its consumers.
  await manager.streams.delete('s');
  await manager.streams.add({ name: 's', subjects: ['s'] });
  await jetstream(connection).publish('s', 'a message');
  const again = await restoreStream(connection, { folder, overwrite: true }, never);
  assert.deepEqual(again, { stream: 's', messages: 1, consumers: ['reader'] });
  assert.equal((await manager.consumers.info('s', 'reader')).num_pending, 1);
});

test('two messages that share an id, hours apart then and together now, both come back', {
  skip,
}, async (t) => {
  const { connection, manager } = await openNats(t);
  await manager.streams.add({ name: 's', subjects: ['s'], duplicate_window: 100e6 });
  const client = jetstream(connection);
  await client.publish('s', 'first', { msgID: 'same' });
  for (let stored = 1; stored < 2; ) {
    const ack = await client.publish('s', 'second', { msgID: 'same' });
    if (!ack.duplicate) stored++;
  }
  const folder = join(tempFolder(t), 'backup');
  await backupStream(connection, { stream: 's', folder }, never);
  const path = join(folder, 'manifest.json');
  const wide = readFileSync(path, 'utf8').replace(
    /"duplicate_window": \d+/,
    '"duplicate_window": 3600000000000',
  );
  writeFileSync(path, wide);
  await restoreStream(connection, { folder, overwrite: true }, never);
  const texts = [1, 2].map(async (seq) =>
    (await manager.streams.getMessage('s', { seq }))?.string(),
  );
  assert.deepEqual(await Promise.all(texts), ['first', 'second']);
});

test('a broken backup is refused and the stream stays as it is', { skip }, async (t) => {
  const { connection, manager } = await openNats(t);
  await manager.streams.add({ name: 's', subjects: ['s'] });
  const client = jetstream(connection);
  for (let n = 0; n < 20; n++) await client.publish('s', `message ${n}`);
  const root = tempFolder(t);
  const broken = async (name: string, spoil: (folder: string) => void, message: RegExp) => {
    const folder = join(root, name);
    await backupStream(connection, { stream: 's', folder }, never);
    spoil(folder);
    const restoring = restoreStream(connection, { folder, overwrite: true }, never);
    await assert.rejects(restoring, { code: 'CONFIG', message });
  };
  const messages = (folder: string): string => join(folder, 'messages.bin');
  const flip = (at: number) => (folder: string) => {
    const bytes = readFileSync(messages(folder));
    bytes[at] = (bytes[at] ?? 0) ^ 0x80;
    writeFileSync(messages(folder), bytes);
  };
  const last = (folder: string): number => readFileSync(messages(folder)).length;
  await broken('cut', (folder) => truncateSync(messages(folder), last(folder) - 1), /cut off/);
  await broken('empty', (folder) => truncateSync(messages(folder), 0), /SHA-256/);
  await broken('payload', (folder) => flip(last(folder) - 1)(folder), /SHA-256/);
  await broken('length', flip(3), /a record of \d+ bytes/);
  await broken('facts', flip(8), /expected a whole one/);
  await broken(
    'no-manifest',
    (folder) => writeFileSync(join(folder, 'manifest.json'), '{'),
    /whole/,
  );
  await broken(
    'newer',
    (folder) => {
      const path = join(folder, 'manifest.json');
      writeFileSync(path, readFileSync(path, 'utf8').replace('"version": 1', '"version": 2'));
    },
    /version/,
  );
  assert.equal((await manager.streams.info('s')).state.messages, 20);
  const absent = { folder: join(root, 'nowhere'), overwrite: true };
  await assert.rejects(restoreStream(connection, absent, never), { code: 'CONFIG' });
});

test('a backup that is stopped or cannot be written leaves nothing behind', { skip }, async (t) => {
  const { connection, manager } = await openNats(t);
  await manager.streams.add({ name: 's', subjects: ['s'] });
  for (let n = 0; n < 200; n++) await jetstream(connection).publish('s', `message ${n}`);
  const root = tempFolder(t);
  const folder = join(root, 'backup');
  const stop = AbortSignal.abort(new Error('enough'));
  await assert.rejects(backupStream(connection, { stream: 's', folder }, stop), /enough/);
  assert.deepEqual(readdirSync(root), []);
  await assert.rejects(backupStream(connection, { stream: 'gone', folder }, never), {
    code: 'USAGE',
  });
  mkdirSync(folder);
  writeFileSync(join(folder, 'mine'), '');
  await assert.rejects(backupStream(connection, { stream: 's', folder }, never), { code: 'USAGE' });
  for (const path of ['mine', 'mine/x']) {
    const place = { stream: 's', folder: join(folder, path) };
    await assert.rejects(backupStream(connection, place, never), { code: 'DATA_FOLDER' });
  }
  assert(!existsSync(join(root, '.backup')));
  assert.deepEqual(readdirSync(folder), ['mine']);
});
