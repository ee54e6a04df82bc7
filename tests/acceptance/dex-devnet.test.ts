import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import test from 'node:test';
import { decodeBase58 } from '../../src/core/base58.ts';
import { decodeSwaps } from '../../src/protocols/dex/decode-swaps.ts';
import { type MadeCall, makeTransaction } from '../support/swap-transaction.ts';

/** Goal: pools of Meteora's newest programs, of which only a test network's records are at hand, agree with their events. */

const folder = new URL('../../../shared/fixtures/dex/devnet_meteora_dbc_dammv2/', import.meta.url);
const skip = existsSync(folder)
  ? false
  : 'the records in ../shared/fixtures/dex are not here; they are no part of the project';

interface EnhancedInstruction {
  readonly programId: string;
  readonly accounts: readonly string[];
  readonly data: string;
  readonly innerInstructions?: readonly EnhancedInstruction[];
}

interface EnhancedTransaction {
  readonly instructions: readonly EnhancedInstruction[];
  readonly accountData: readonly {
    readonly tokenBalanceChanges: readonly {
      readonly mint: string;
      readonly rawTokenAmount: { readonly tokenAmount: string };
      readonly tokenAccount: string;
    }[];
  }[];
}

function callOf(instruction: EnhancedInstruction): MadeCall {
  const data = decodeBase58(instruction.data);
  assert(data !== undefined);
  return {
    program: instruction.programId,
    accounts: instruction.accounts,
    data: Buffer.from(data),
    calls: (instruction.innerInstructions ?? []).map(callOf),
  };
}

function decode(name: string) {
  const text = readFileSync(new URL(`${name}.json`, folder), 'utf8');
  const enhanced = JSON.parse(text) as EnhancedTransaction;
  const { transaction, meta } = makeTransaction({
    calls: enhanced.instructions.map(callOf),
    withoutHeights: true,
    logLines: 'none',
  });
  const changes = enhanced.accountData.flatMap(({ tokenBalanceChanges }) => tokenBalanceChanges);
  return { ...decodeSwaps(transaction, meta, { generic: false }), changes };
}

for (const [name, program] of [
  ['hanu_buyDBCWebhookRes', 'meteora_dbc'],
  ['hanu_sellDBCWebhookRes', 'meteora_dbc'],
  ['hanu_dammv2BuyRes', 'meteora_damm_v2'],
  ['hanu_dammv2SellRes', 'meteora_damm_v2'],
] as const) {
  test(`${name}: one swap, equal to its events and to what the vaults gained and lost`, {
    skip,
  }, () => {
    const { swaps, mismatches, changes } = decode(name);
    assert.deepEqual(mismatches, []);
    const [swap, ...others] = swaps;
    assert.deepEqual(others, []);
    assert.deepEqual([swap?.program, swap?.confidence], [program, 'checked']);
    const changed = (mint: string | undefined, amount: bigint | undefined) =>
      changes.some(
        (change) => change.mint === mint && change.rawTokenAmount.tokenAmount === `${amount}`,
      );
    assert(changed(swap?.mintIn, swap?.amountIn), 'no vault gained the amount in');
    assert(changed(swap?.mintOut, -(swap?.amountOut ?? 0n)), 'no vault lost the amount out');
  });
}

test('moving a curve to a pool calls the exchange many times and swaps nothing', { skip }, () => {
  for (const name of ['hanu_migrateTokenRes', 'hanu_getMigratedPoolAddressRes']) {
    const { swaps, mismatches } = decode(name);
    assert.deepEqual({ swaps, mismatches }, { swaps: [], mismatches: [] });
  }
});
