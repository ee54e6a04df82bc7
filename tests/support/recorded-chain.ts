import { readFileSync } from 'node:fs';
import { zstdDecompressSync } from 'node:zlib';
import { encodeBase58 } from '../../src/core/base58.ts';
import type { RpcRequest } from './rpc-server.ts';
import { sampleTransactions } from './sample-archive.ts';
import { sampleHash } from './sample-uploads.ts';

/** A block as getBlock answers it, full and in base64. */
export interface ChainBlockAnswer {
  readonly parentSlot: number;
  readonly blockhash: string;
  readonly previousBlockhash: string;
  readonly blockTime: number | null;
  readonly blockHeight: number | null;
  readonly transactions: readonly unknown[];
  readonly rewards: readonly unknown[];
}

/** What an endpoint answers: a result, or an error of its protocol. */
type Answer = { readonly result: unknown } | { readonly error: { code: number; message: string } };

const REAL_SLOT = 254_170_887;
const REAL_BLOCK = new URL(`../fixtures/ledger/${REAL_SLOT}.json.zst`, import.meta.url);

let made: ReadonlyMap<number, ChainBlockAnswer> | undefined;

/** The blocks of epoch 588 of the samples, a real one first, each the child of the one before; 14 slots are skipped. */
export function sampleChain(): Map<number, ChainBlockAnswer> {
  made ??= makeSampleChain();
  return new Map(made);
}

function makeSampleChain(): ReadonlyMap<number, ChainBlockAnswer> {
  const real: ChainBlockAnswer = JSON.parse(
    zstdDecompressSync(readFileSync(REAL_BLOCK)).toString(),
  );
  const chain = new Map([[REAL_SLOT, real]]);
  let parentSlot = REAL_SLOT;
  let previousBlockhash = real.blockhash;
  const placed = sampleTransactions();
  const slots = [...new Set(placed.map(({ slot }) => slot))].sort((a, b) => a - b);
  for (const slot of slots) {
    const items = placed.filter((item) => item.slot === slot);
    const blockhash = encodeBase58(sampleHash(`block ${slot}`));
    chain.set(slot, {
      ...{ parentSlot, blockhash, previousBlockhash, blockHeight: null, rewards: [] },
      blockTime: Math.max(...items.map(({ blockTime }) => blockTime)),
      transactions: items.map(({ transaction, meta }) => ({ transaction, meta })),
    });
    parentSlot = slot;
    previousBlockhash = blockhash;
  }
  return chain;
}

/** A finalized chain that answers as an Agave node does; a test moves its tip and takes its blocks away. */
export class RecordedChain {
  readonly blocks: Map<number, ChainBlockAnswer>;
  tip: number;
  /** Oldest slot the node keeps. */
  firstAvailable = 0;
  /** Newest transaction version that the node knows; it refuses to be asked for a newer one. */
  versionKnown = 1;
  /** Slots that are listed, and that the node does not have yet. */
  readonly late = new Set<number>();

  constructor(blocks: Map<number, ChainBlockAnswer>) {
    this.blocks = blocks;
    this.tip = Math.max(...blocks.keys());
  }

  /** Given to `startRpcServer`. */
  readonly answer = ({ method, params }: RpcRequest): Answer | undefined => {
    switch (method) {
      case 'getSlot':
        return { result: this.tip };
      case 'getFirstAvailableBlock':
        return { result: this.firstAvailable };
      case 'getBlocks':
        return { result: this.#listed(Number(params[0]), Number(params[1])) };
      case 'getBlock':
        return this.#block(Number(params[0]), params[1] as BlockConfig);
      default:
        return undefined;
    }
  };

  #listed(start: number, last: number): number[] {
    const end = Math.min(last, this.tip);
    const slots = [...this.blocks.keys()].filter((slot) => slot >= start && slot <= end);
    return slots.filter((slot) => slot >= this.firstAvailable).sort((a, b) => a - b);
  }

  #block(slot: number, config: BlockConfig): Answer {
    const asked = config.maxSupportedTransactionVersion;
    if (asked > this.versionKnown) return fault(-32602, `Invalid params: version ${asked}`);
    if (slot < this.firstAvailable) return fault(-32001, `Block ${slot} cleaned up`);
    if (slot > this.tip || this.late.has(slot)) {
      return fault(-32004, `Block not available for slot ${slot}`);
    }
    const block = this.blocks.get(slot);
    if (block === undefined) return fault(-32009, `Slot ${slot} was skipped, or missing`);
    const newest = Math.max(0, ...block.transactions.map(versionOf));
    if (newest > asked) {
      return fault(
        -32015,
        `Transaction version (${newest}) is not supported by the requesting client`,
      );
    }
    if (config.transactionDetails === 'full') return { result: block };
    const { transactions: _transactions, rewards: _rewards, ...header } = block;
    return { result: header };
  }
}

interface BlockConfig {
  readonly maxSupportedTransactionVersion: number;
  readonly transactionDetails: string;
}

/** Version 1 begins with its own byte, the others with their signatures. Source: SIMD-0385. */
function versionOf(item: unknown): number {
  const { transaction } = item as { readonly transaction: readonly [string, string] };
  return Buffer.from(transaction[0], 'base64')[0] === 0x81 ? 1 : 0;
}

function fault(code: number, message: string): Answer {
  return { error: { code, message } };
}

/** The samples' chain, and one empty block at `tip` that proves that all slots between were skipped. */
export function chainBeyondSamples(tip: number): RecordedChain {
  const chain = new RecordedChain(sampleChain());
  const last = chain.blocks.get(chain.tip);
  if (last === undefined) throw new Error('the samples have a last block');
  const proof = { parentSlot: chain.tip, previousBlockhash: last.blockhash, transactions: [] };
  chain.blocks.set(tip, { ...last, ...proof, blockhash: encodeBase58(sampleHash(`block ${tip}`)) });
  chain.tip = tip;
  return chain;
}
