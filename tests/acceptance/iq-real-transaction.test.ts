import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { extractIqRecords } from '../../src/protocols/iq/extract-records.ts';
import { compileIqFilter } from '../../src/protocols/iq/registry.ts';
import { ledgerTransactionOf } from '../support/rpc-transaction.ts';

const FOLDER = new URL('../../../shared/fixtures/iq/real/', import.meta.url);
const skip = existsSync(FOLDER)
  ? false
  : 'the recorded transactions in ../shared/fixtures are not here; they are no part of the project';

function readJson(name: string) {
  return JSON.parse(readFileSync(new URL(`legacy_FG5n_db_code_in.${name}.json`, FOLDER), 'utf8'));
}

test('the recorded mainnet transaction of generation 0 reads as its decoding says', {
  skip,
}, () => {
  const expected = readJson('decoded');
  const transaction = ledgerTransactionOf(readJson('getTransaction').result, 0);
  const filter = compileIqFilter({ mode: 'auto', programs: [], sessions: [] });
  const { records, ignored } = extractIqRecords(transaction, filter);
  assert.deepEqual(ignored, []);
  assert.equal(records.length, 1);
  const [record] = records;
  assert(record?.type === 'tail');
  assert.equal(record.program, expected.program);
  assert.equal(record.signature, expected.signature);
  assert.equal(record.signer, expected.accounts[0]);
  assert.equal(record.tailSignature, expected.args.tail_tx);
  assert.equal(record.contentType, expected.args.type_field);
  assert.equal(record.offset, expected.args.offset);
});
