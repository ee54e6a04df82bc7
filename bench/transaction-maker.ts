import { decodeBase58 } from '../src/core/base58.ts';
import type { PackTransaction } from '../src/pack/pack-block.ts';
import type { ByteNoise } from './byte-noise.ts';
import { type MetadataPool, SHAPE } from './metadata-pool.ts';

const SIGNATURE_BYTES = 64;
const KEY_BYTES = 32;

/** 357 bytes on the wire, the mean on mainnet. */
const VOTE_DATA_BYTES = 153;

/** Programs that others than the chosen one belong to. */
const PROGRAMS_KNOWN = 60;

/**
 * Lookup tables in use, drawn so that their shares fall with their rank (1 / rank). Within the first 255 transactions
 * 59 % load something new then; in mainnet's slot 254,170,887, with 255 such transactions, 35 % do.
 */
const LOOKUP_TABLES = 2000;

function key(text: string): Uint8Array {
  return decodeBase58(text) ?? new Uint8Array(KEY_BYTES);
}

const VOTE_PROGRAM = key('Vote111111111111111111111111111111111111111');
const COMPUTE_BUDGET = key('ComputeBudget111111111111111111111111111111');
const TOKEN_PROGRAM = key('TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA');

/** Makes transactions of mainnet's shape and mean size around noise. */
export class TransactionMaker {
  readonly #noise: ByteNoise;
  readonly #program: Uint8Array;
  readonly #pool: MetadataPool;
  readonly #programs: readonly Buffer[];
  readonly #tables: readonly Buffer[];
  readonly #scratch = Buffer.alloc(1232);
  #at = 0;

  constructor(noise: ByteNoise, program: Uint8Array, pool: MetadataPool) {
    this.#noise = noise;
    this.#program = program;
    this.#pool = pool;
    this.#programs = Array.from({ length: PROGRAMS_KNOWN }, () => noise.bytes(KEY_BYTES));
    this.#tables = Array.from({ length: LOOKUP_TABLES }, () => noise.bytes(KEY_BYTES));
  }

  vote(): PackTransaction {
    this.#begin(-1, [1, 0, 1]);
    this.#put([SHAPE.voteKeys]);
    this.#noiseOf(2 * KEY_BYTES);
    this.#put(VOTE_PROGRAM);
    this.#noiseOf(KEY_BYTES);
    this.#put([1, 2, 2, 1, 0, (VOTE_DATA_BYTES & 0x7f) | 0x80, VOTE_DATA_BYTES >> 7]);
    this.#noiseOf(VOTE_DATA_BYTES);
    return this.#end(this.#pool.votes);
  }

  /** A transaction that is no vote: a budget instruction, one of a program, and a token transfer. */
  other(withLookups: boolean, chosenProgram: boolean): PackTransaction {
    const { staticKeys, programs, loadedWritable, loadedReadonly } = SHAPE;
    const accounts = staticKeys - programs;
    this.#begin(withLookups ? 0 : -1, [1, 0, programs]);
    this.#put([staticKeys]);
    this.#noiseOf(accounts * KEY_BYTES);
    this.#put(COMPUTE_BUDGET);
    this.#put(TOKEN_PROGRAM);
    this.#put(this.#anyProgram());
    this.#put(chosenProgram ? this.#program : this.#anyProgram());
    this.#noiseOf(KEY_BYTES);
    this.#put([3]);
    this.#instruction(accounts, 0, 9);
    this.#instruction(accounts + 3, accounts, this.#noise.below(328));
    this.#instruction(accounts + 1, 3, 9);
    if (withLookups) {
      this.#put([1]);
      this.#put(this.#anyTable());
      this.#put([loadedWritable, 3, 9, 27, loadedReadonly, 1, 4]);
    }
    return this.#end(withLookups ? this.#pool.withLookups : this.#pool.plain);
  }

  /** A signed upload with metadata that says it succeeded. */
  upload(wire: Uint8Array): PackTransaction {
    return { wire, metadata: this.#pool.upload };
  }

  #anyProgram(): Uint8Array {
    return this.#programs[this.#noise.below(PROGRAMS_KNOWN)] ?? VOTE_PROGRAM;
  }

  #anyTable(): Uint8Array {
    const rank = Math.floor(LOOKUP_TABLES ** this.#noise.share());
    return this.#tables[rank - 1] ?? VOTE_PROGRAM;
  }

  #begin(version: number, header: readonly number[]): void {
    this.#at = 0;
    this.#put([1]);
    this.#noiseOf(SIGNATURE_BYTES);
    if (version >= 0) this.#put([0x80 | version]);
    this.#put(header);
  }

  #instruction(program: number, accounts: number, dataBytes: number): void {
    this.#put([program, accounts]);
    for (let i = 0; i < accounts; i++) this.#put([i]);
    this.#put(dataBytes < 0x80 ? [dataBytes] : [(dataBytes & 0x7f) | 0x80, dataBytes >> 7]);
    this.#noiseOf(dataBytes);
  }

  #put(bytes: ArrayLike<number>): void {
    this.#scratch.set(bytes, this.#at);
    this.#at += bytes.length;
  }

  #noiseOf(count: number): void {
    this.#noise.fill(this.#scratch, this.#at, this.#at + count);
    this.#at += count;
  }

  #end(pool: readonly Buffer[]): PackTransaction {
    const metadata = pool[this.#noise.below(pool.length)] ?? Buffer.alloc(0);
    return { wire: Buffer.from(this.#scratch.subarray(0, this.#at)), metadata };
  }
}
