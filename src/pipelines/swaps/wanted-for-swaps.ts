import assert from 'node:assert/strict';
import { decodePublicKey } from '../../core/base58.ts';
import { AccountKeySet } from '../../decode/account-key-set.ts';
import type { ScanOptions } from '../../decode/scan-sections.ts';
import { DEX_PROGRAM_IDS, TOKEN_PROGRAM_IDS } from '../../protocols/dex/known-programs.ts';

/**
 * What a scan looks for where swaps are wanted: transactions that name an exchange program, or may load one. A guess
 * needs two token transfers, so guessing looks for the token programs too.
 */
export function wantedForSwaps(
  generic: boolean,
): Pick<ScanOptions, 'keys' | 'everyTransaction' | 'lookupsAreCandidates'> {
  const ids = generic ? [...DEX_PROGRAM_IDS, ...TOKEN_PROGRAM_IDS] : DEX_PROGRAM_IDS;
  const keys = ids.map((id) => {
    const key = decodePublicKey(id);
    assert(key !== undefined, `${id} is no address`);
    return key;
  });
  return { keys: new AccountKeySet(keys), everyTransaction: false, lookupsAreCandidates: true };
}
