import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import test from 'node:test';
import { decodeBase58, encodeBase58 } from '../../../src/core/base58.ts';
import { OperatingError } from '../../../src/core/errors.ts';
import { mapRpcTransaction } from '../../../src/pipelines/rpc/rpc-transaction.ts';
import {
  parseTransactionReply,
  type RpcTransaction,
} from '../../../src/sources/rpc/transaction-reply.ts';
import { loadScenario, type RpcScenario } from '../../support/rpc-server.ts';

interface RecordedTransaction {
  readonly slot: number;
  readonly meta: { readonly err: unknown };
  readonly transaction: {
    readonly message: {
      readonly accountKeys: readonly string[];
      readonly header: { readonly numRequiredSignatures: number };
      readonly instructions: readonly {
        readonly programIdIndex: number;
        readonly accounts: readonly number[];
        readonly data: string;
      }[];
    };
  };
}

const folder = new URL('../../fixtures/iq/synthetic/', import.meta.url);
const names = readdirSync(folder).map((file) => file.replace('.json', ''));

function fetched(scenario: RpcScenario, signature: string): RpcTransaction {
  const wire = scenario.rpc.transactionWireBase64[signature];
  const reply = { ...scenario.rpc.getTransaction[signature], transaction: [wire, 'base64'] };
  const reference = { signature, slot: null, transactionIndex: 3, failed: null };
  return parseTransactionReply(reply, reference);
}

for (const name of names.filter((found) => found !== 'decode_vectors')) {
  test(`every transaction of ${name} maps to what the endpoint's own JSON says`, () => {
    const scenario = loadScenario(name);
    const entries = Object.entries(scenario.rpc.getTransaction);
    assert(entries.length > 0);
    for (const [signature, reply] of entries) {
      const recorded = reply as unknown as RecordedTransaction;
      const { message } = recorded.transaction;
      const mapped = mapRpcTransaction(fetched(scenario, signature));
      assert.equal(encodeBase58(mapped.signature), signature);
      assert.equal(mapped.slot, recorded.slot);
      assert.equal(mapped.transactionIndex, 3);
      assert.equal(mapped.failed, recorded.meta.err !== null);
      assert.equal(mapped.signerCount, message.header.numRequiredSignatures);
      const keys = message.accountKeys.map((key) => decodeBase58(key) ?? new Uint8Array(0));
      assert.equal(Buffer.compare(mapped.accountKeys, Buffer.concat(keys)), 0);
      const instructions = mapped.instructions.map((instruction) => ({
        programIdIndex: instruction.programIndex,
        accounts: [...instruction.accounts],
        data: encodeBase58(instruction.data),
      }));
      const expected = message.instructions.map(({ programIdIndex, accounts, data }) => ({
        programIdIndex,
        accounts,
        data,
      }));
      assert.deepEqual(instructions, expected);
    }
  });
}

test('loaded addresses follow the static keys and inner instructions their caller', () => {
  const scenario = loadScenario('session_ok');
  const [signature = ''] = Object.keys(scenario.rpc.getTransaction);
  const plain = fetched(scenario, signature);
  const loaded = new Uint8Array(32).fill(8);
  const instruction = {
    programIndex: 5,
    accounts: Uint8Array.of(1),
    data: Uint8Array.of(2),
    stackHeight: 2,
  };
  const meta = {
    ...plain.meta,
    loadedWritable: loaded,
    innerInstructions: [{ outer: 0, instructions: [instruction] }],
  };
  const mapped = mapRpcTransaction({ ...plain, meta });
  const keys = mapRpcTransaction(plain).accountKeys;
  assert.equal(Buffer.compare(mapped.accountKeys, Buffer.concat([keys, loaded])), 0);
  assert.deepEqual(mapped.instructions[1], { outer: 0, inner: 0, ...instruction });
});

test('bytes of another transaction are refused', () => {
  const scenario = loadScenario('session_ok');
  const [signature = '', other = ''] = Object.keys(scenario.rpc.getTransaction);
  const swapped = { ...fetched(scenario, signature), signature: other };
  assert.throws(
    () => mapRpcTransaction(swapped),
    (error) =>
      error instanceof OperatingError &&
      error.code === 'RECORD_MALFORMED' &&
      error.message.includes(other),
  );
});
