import assert from 'node:assert/strict';
import { decodePublicKey } from '../../core/base58.ts';
import { HASH_MULTIPLIER } from '../../decode/account-key-set.ts';
import { AGGREGATORS } from './aggregators.ts';
import type { DexProgram } from './dex-program.ts';
import { FormIndex } from './form-index.ts';
import { ALPHAQ } from './programs/alphaq.ts';
import { AQUIFER } from './programs/aquifer.ts';
import { BISONFI } from './programs/bisonfi.ts';
import { BYREAL } from './programs/byreal.ts';
import { GOONFI } from './programs/goonfi.ts';
import { GOONFI_V2 } from './programs/goonfi-v2.ts';
import { HUMIDIFI } from './programs/humidifi.ts';
import { LIFINITY_V2 } from './programs/lifinity-v2.ts';
import { MANIFEST } from './programs/manifest.ts';
import { METEORA_DAMM_V1 } from './programs/meteora-damm-v1.ts';
import { METEORA_DAMM_V2 } from './programs/meteora-damm-v2.ts';
import { METEORA_DBC } from './programs/meteora-dbc.ts';
import { METEORA_DLMM } from './programs/meteora-dlmm.ts';
import { OBRIC_V2 } from './programs/obric-v2.ts';
import { OPENBOOK_V2 } from './programs/openbook-v2.ts';
import { ORCA_WHIRLPOOL } from './programs/orca-whirlpool.ts';
import { PANCAKESWAP_V3 } from './programs/pancakeswap-v3.ts';
import { PHOENIX } from './programs/phoenix.ts';
import { PUMPFUN } from './programs/pumpfun.ts';
import { PUMPSWAP } from './programs/pumpswap.ts';
import { RAYDIUM_AMM_V4 } from './programs/raydium-amm-v4.ts';
import { RAYDIUM_CLMM } from './programs/raydium-clmm.ts';
import { RAYDIUM_CPMM } from './programs/raydium-cpmm.ts';
import { RAYDIUM_LAUNCHLAB } from './programs/raydium-launchlab.ts';
import { RAYDIUM_STABLE } from './programs/raydium-stable.ts';
import { SCORCH } from './programs/scorch.ts';
import { SOLFI } from './programs/solfi.ts';
import { SOLFI_V2 } from './programs/solfi-v2.ts';
import { TESSERA } from './programs/tessera.ts';
import { WHALESTREET } from './programs/whalestreet.ts';
import { ZEROFI } from './programs/zerofi.ts';

/** What a program is to the decoder. */
export type KnownProgram =
  | { readonly kind: 'dex'; readonly program: DexProgram; readonly forms: FormIndex }
  | { readonly kind: 'token'; readonly withTransferFees: boolean }
  | { readonly kind: 'aggregator'; readonly name: string }
  | { readonly kind: 'unlogged' };

const DEX_PROGRAMS: readonly DexProgram[] = [
  RAYDIUM_AMM_V4,
  RAYDIUM_CLMM,
  RAYDIUM_CPMM,
  RAYDIUM_LAUNCHLAB,
  RAYDIUM_STABLE,
  ORCA_WHIRLPOOL,
  METEORA_DLMM,
  METEORA_DAMM_V1,
  METEORA_DAMM_V2,
  METEORA_DBC,
  PUMPFUN,
  PUMPSWAP,
  PHOENIX,
  LIFINITY_V2,
  OPENBOOK_V2,
  PANCAKESWAP_V3,
  BYREAL,
  SOLFI,
  SOLFI_V2,
  GOONFI,
  GOONFI_V2,
  TESSERA,
  ZEROFI,
  OBRIC_V2,
  ALPHAQ,
  AQUIFER,
  BISONFI,
  SCORCH,
  WHALESTREET,
  HUMIDIFI,
  MANIFEST,
];

/** Addresses of all programs whose swaps are known: what a transaction must name to be worth decoding. */
export const DEX_PROGRAM_IDS: readonly string[] = DEX_PROGRAMS.map(({ id }) => id);

const TOKEN_PROGRAM = 'TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA';
const TOKEN_2022_PROGRAM = 'TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb';

/** Addresses of the programs that move tokens. */
export const TOKEN_PROGRAM_IDS: readonly string[] = [TOKEN_PROGRAM, TOKEN_2022_PROGRAM];

/** Precompiled checks of signatures: they run without a line in the logs. Source: anza-xyz/agave, sdk-ids. */
const PRECOMPILES = [
  'Ed25519SigVerify111111111111111111111111111',
  'KeccakSecp256k11111111111111111111111111111',
  'Secp256r1SigVerify1111111111111111111111111',
];

interface KnownKey {
  readonly key: Uint8Array;
  readonly known: KnownProgram;
}

/**
 * Open addressing by a key's first four bytes: at most a quarter of the cells is in use, so most keys that are not
 * known meet an empty one at once.
 */
const CELL_BITS = 8;
const CELLS: (KnownKey | undefined)[] = Array.from({ length: 2 ** CELL_BITS }, () => undefined);
const DEX_BY_ID = new Map<string, DexProgram>();

function add(id: string, known: KnownProgram): void {
  const key = decodePublicKey(id);
  assert(key !== undefined, `${id} is no address`);
  let cell = firstCell(key, 0);
  while (CELLS[cell] !== undefined) cell = nextCell(cell);
  CELLS[cell] = { key, known };
}

for (const program of DEX_PROGRAMS) {
  add(program.id, { kind: 'dex', program, forms: new FormIndex(program.forms) });
  DEX_BY_ID.set(program.id, program);
}
for (const [id, name] of AGGREGATORS) add(id, { kind: 'aggregator', name });
for (const id of PRECOMPILES) add(id, { kind: 'unlogged' });
add(TOKEN_PROGRAM, { kind: 'token', withTransferFees: false });
add(TOKEN_2022_PROGRAM, { kind: 'token', withTransferFees: true });
assert(CELLS.filter((cell) => cell !== undefined).length * 4 <= CELLS.length);

/** What the program is whose key is number `index` of `keys`; undefined for every other one. */
export function knownProgramAt(keys: Uint8Array, index: number): KnownProgram | undefined {
  const start = index * 32;
  if (start + 32 > keys.length) return undefined;
  let cell = firstCell(keys, start);
  for (let found = CELLS[cell]; found !== undefined; found = CELLS[cell]) {
    if (equalAt(keys, start, found.key)) return found.known;
    cell = nextCell(cell);
  }
  return undefined;
}

/** By the address as logs write it. */
export function dexProgramById(id: string): DexProgram | undefined {
  return DEX_BY_ID.get(id);
}

function firstCell(bytes: Uint8Array, at: number): number {
  const word =
    (bytes[at] ?? 0) |
    ((bytes[at + 1] ?? 0) << 8) |
    ((bytes[at + 2] ?? 0) << 16) |
    ((bytes[at + 3] ?? 0) << 24);
  return Math.imul(word, HASH_MULTIPLIER) >>> (32 - CELL_BITS);
}

function nextCell(cell: number): number {
  return (cell + 1) & (CELLS.length - 1);
}

function equalAt(bytes: Uint8Array, at: number, key: Uint8Array): boolean {
  for (let i = 0; i < 32; i++) if (bytes[at + i] !== key[i]) return false;
  return true;
}
