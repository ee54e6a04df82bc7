import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import test from 'node:test';
import { OperatingError } from '../../../src/core/errors.ts';
import type { IqRecord } from '../../../src/model/iq-record.ts';
import type { DiscoverResult, IqFilter } from '../../../src/model/worker-task.ts';
import type { RpcConnection } from '../../../src/pipelines/rpc/rpc-connection.ts';
import { discoverTargets } from '../../../src/pipelines/rpc/rpc-discover.ts';
import { type RpcRecordBatch, readSessionsByRpc } from '../../../src/pipelines/rpc/rpc-sessions.ts';
import { rpcClient, transactionReader } from '../../support/rpc-client.ts';
import {
  loadScenario,
  type RpcScenario,
  type RpcServer,
  startRpcServer,
} from '../../support/rpc-server.ts';

const never = new AbortController().signal;
const anyIq: IqFilter = { mode: 'auto', programs: [], sessions: [] };

function connect(server: RpcServer): RpcConnection {
  const client = rpcClient(server.url);
  return { client, reader: transactionReader(client) };
}

async function discover(
  server: RpcServer,
  targets: readonly string[],
  signaturePagesMax = 25,
): Promise<DiscoverResult> {
  const task = { targets, signaturePagesMax, filter: anyIq };
  return await discoverTargets(task, connect(server), never);
}

/** Discovers and reads the targets, and joins all batches into one. */
async function readAll(server: RpcServer, names: readonly string[]): Promise<RpcRecordBatch> {
  const { targets } = await discover(server, names);
  const task = { targets, signaturePagesMax: 25, filter: anyIq };
  const batches: RpcRecordBatch[] = [];
  for await (const batch of readSessionsByRpc(task, connect(server), never)) batches.push(batch);
  return {
    records: batches.flatMap(({ records }) => records),
    ignored: batches.flatMap(({ ignored }) => ignored),
    quarantined: batches.flatMap(({ quarantined }) => quarantined),
    transactions: batches.reduce((sum, { transactions }) => sum + transactions, 0),
  };
}

function chunksByIndex(records: readonly IqRecord[]): string {
  const chunks = records.filter((record) => record.type === 'chunk' && !record.failed);
  const text = new Map(
    chunks.map((chunk) =>
      chunk.type === 'chunk' ? [chunk.index, Buffer.from(chunk.payload).toString()] : [-1, ''],
    ),
  );
  return [...text.keys()]
    .sort((a, b) => Number(a) - Number(b))
    .map((index) => text.get(index))
    .join('');
}

function without(scenario: RpcScenario, signature: string): RpcScenario {
  const { [signature]: _lost, ...getTransaction } = scenario.rpc.getTransaction;
  return { ...scenario, rpc: { ...scenario.rpc, getTransaction } };
}

test('a session account and its finalize signature lead to the same records and the right file', async () => {
  const scenario = loadScenario('session_ok');
  await using server = await startRpcServer({ scenarios: [scenario] });
  const byAccount = await readAll(server, [scenario.focus]);
  const bySignature = await readAll(server, [scenario.finalizeSignature ?? '']);
  assert.deepEqual(bySignature, byAccount);
  assert.equal(byAccount.transactions, 16);
  assert.deepEqual(byAccount.quarantined, []);
  const file = Buffer.from(chunksByIndex(byAccount.records), 'base64');
  assert.equal(hash('sha256', file), scenario.expected['fileSha256']);
  const slots = byAccount.records.map(({ position }) => position.slot);
  assert.deepEqual(
    slots,
    [...slots].sort((a, b) => a - b),
  );
});

test('discovery tells how far the history of an account reaches', async () => {
  const scenario = loadScenario('session_ok');
  await using server = await startRpcServer({ scenarios: [scenario] });
  const signature = scenario.finalizeSignature ?? '';
  const { targets, warnings } = await discover(server, [scenario.focus, signature]);
  const span = { signatures: 16, pages: 1, oldestSlot: 400_001_000, newestSlot: 400_001_020 };
  const session = { session: scenario.focus, signature: null, ...span, truncated: false };
  assert.deepEqual(targets, [
    { target: scenario.focus, ...session },
    { target: signature, ...session },
  ]);
  assert.deepEqual(warnings, []);
});

test('a history over the page limit is marked and warned of', async () => {
  const scenario = loadScenario('session_ok');
  await using server = await startRpcServer({ scenarios: [scenario], pageSizeMax: 4 });
  const { targets, warnings } = await discover(server, [scenario.focus], 2);
  assert.equal(targets[0]?.truncated, true);
  assert.equal(targets[0]?.signatures, 8);
  assert.match(warnings[0] ?? '', new RegExp(`oldest slot seen is ${targets[0]?.oldestSlot}`));
});

test('records of other sessions in the same transactions are left out', async () => {
  const scenario = loadScenario('session_foreign_chunk');
  await using server = await startRpcServer({ scenarios: [scenario] });
  const { records } = await readAll(server, [scenario.focus]);
  assert(records.length > 0);
  assert(records.every((record) => 'session' in record && record.session === scenario.focus));
});

test('a transaction that stays null is quarantined with its slot, and the rest is read', async () => {
  const scenario = loadScenario('session_ok');
  const lost = scenario.rpc.getSignaturesForAddress[scenario.focus]?.[5];
  const pruned = without(scenario, lost?.signature ?? '');
  await using server = await startRpcServer({ scenarios: [pruned] });
  const read = await readAll(server, [scenario.focus]);
  assert.equal(read.transactions, 15);
  assert.deepEqual(
    read.quarantined.map(({ slot, error }) => [slot, error.code]),
    [[lost?.slot, 'RPC_PRUNED']],
  );
});

test('bytes of another transaction are quarantined', async () => {
  const scenario = loadScenario('session_ok');
  const [newest, next] = scenario.rpc.getSignaturesForAddress[scenario.focus] ?? [];
  assert(newest !== undefined && next !== undefined);
  const wires = scenario.rpc.transactionWireBase64;
  const transactionWireBase64 = { ...wires, [next.signature]: wires[newest.signature] ?? '' };
  const lying = { ...scenario, rpc: { ...scenario.rpc, transactionWireBase64 } };
  await using server = await startRpcServer({ scenarios: [lying] });
  const read = await readAll(server, [scenario.focus]);
  assert.deepEqual(
    read.quarantined.map(({ slot, error }) => [slot, error.code]),
    [[next.slot, 'RECORD_MALFORMED']],
  );
});

for (const name of ['linked_list_ok', 'legacy_FG5n_text']) {
  test(`${name} is read from its closing signature`, async () => {
    const scenario = loadScenario(name);
    await using server = await startRpcServer({ scenarios: [scenario] });
    const closing = scenario.finalizeSignature ?? '';
    const { targets } = await discover(server, [closing]);
    const all = Object.keys(scenario.rpc.getTransaction).length;
    assert.equal(targets[0]?.session, null);
    assert.equal(targets[0]?.signature, closing);
    assert.equal(targets[0]?.signatures, all);
    const read = await readAll(server, [closing]);
    assert.equal(read.transactions, all);
    const types = read.records.map(({ type }) => type);
    assert.deepEqual(types, ['tail', ...new Array<string>(all - 1).fill('link')]);
  });
}

test('a list is found from its tail through what the signer did next', async () => {
  const scenario = loadScenario('linked_list_ok');
  const closing = scenario.finalizeSignature ?? '';
  const tail = String(scenario.expected['tail']);
  const listed = Object.entries(scenario.rpc.getTransaction)
    .map(([signature, { slot }]) => ({ signature, slot: Number(slot), err: null }))
    .sort((a, b) => b.slot - a.slot);
  const signer = '7A7rWKt11EffX7DrJz9E9qc6XBYuPNsQqBrh3W5Mudd7';
  const history = { ...scenario.rpc.getSignaturesForAddress, [signer]: listed };
  const known = { ...scenario, rpc: { ...scenario.rpc, getSignaturesForAddress: history } };
  await using server = await startRpcServer({ scenarios: [known] });
  const [target] = (await discover(server, [tail])).targets;
  assert.equal(target?.target, tail);
  assert.equal(target.signature, closing);
  assert.deepEqual(await readAll(server, [tail]), await readAll(server, [closing]));

  await using blind = await startRpcServer({ scenarios: [scenario] });
  await assert.rejects(
    discover(blind, [tail]),
    (error) => error instanceof OperatingError && /give the closing/.test(error.message),
  );
});

test('a broken list gives what is left and names the hole', async () => {
  const scenario = loadScenario('linked_list_ok');
  const links = scenario.rpc.getSignaturesForAddress[scenario.focus] ?? [];
  const broken = without(scenario, links[2]?.signature ?? '');
  await using server = await startRpcServer({ scenarios: [broken] });
  const closing = scenario.finalizeSignature ?? '';
  const { targets } = await discover(server, [closing]);
  assert.equal(targets[0]?.truncated, true);
  const read = await readAll(server, [closing]);
  assert.deepEqual(
    read.records.map(({ type }) => type),
    ['tail', 'link', 'link'],
  );
  assert.equal(read.quarantined[0]?.error.fields['signature'], links[2]?.signature);
});

test('an inline file is one transaction', async () => {
  const scenario = loadScenario('inline');
  await using server = await startRpcServer({ scenarios: [scenario] });
  const read = await readAll(server, [scenario.finalizeSignature ?? '']);
  assert.deepEqual(
    read.records.map(({ type }) => type),
    ['inline'],
  );
});

test('a target that is nothing of ours is a usage error, before anything is read when it is malformed', async () => {
  const scenario = loadScenario('session_ok');
  const foreign = loadScenario('hybrid_legacy_post_hybrid_chunk');
  await using server = await startRpcServer({ scenarios: [scenario, foreign] });
  const isUsage = (error: unknown) => error instanceof OperatingError && error.code === 'USAGE';
  await assert.rejects(discover(server, [scenario.finalizeSignature ?? '', 'nonsense']), isUsage);
  assert.equal(server.received.length, 0);
  await assert.rejects(discover(server, [foreign.finalizeSignature ?? '']), isUsage);
});

test('an account without history is left out with a warning, and an error when it is the only one', async () => {
  const scenario = loadScenario('session_ok');
  const unused = '11111111111111111111111111111112';
  await using server = await startRpcServer({ scenarios: [scenario] });
  const { targets, warnings } = await discover(server, [unused, scenario.focus]);
  assert.deepEqual(
    targets.map(({ target }) => target),
    [scenario.focus],
  );
  assert.match(warnings[0] ?? '', /^No signatures found for 1111/);
  await assert.rejects(
    discover(server, [unused]),
    (error) =>
      error instanceof OperatingError &&
      error.code === 'RPC_PRUNED' &&
      error.message.includes('IQ_RPC_URL'),
  );
});
