import { z } from 'zod';
import { OperatingError } from '../../core/errors.ts';
import type { SlotRange } from '../../core/slot-range.ts';
import type { JsonRpcClient } from './json-rpc-client.ts';
import { count, parseResult } from './parse-result.ts';
import { isInvalidParams, isSkippedSlot, isUnsupportedVersion } from './rpc-error.ts';

/** What a block says about its place in the chain. */
export interface RpcBlockHeader {
  readonly slot: number;
  /** Slot of the block before, whatever was skipped between the two. */
  readonly parentSlot: number;
  /** base58 */
  readonly blockhash: string;
  /** base58 */
  readonly previousBlockhash: string;
}

export interface RpcBlock extends RpcBlockHeader {
  /** The whole answer to getBlock: transaction details full, encoding base64, rewards. Its contents are not yet believed. */
  readonly answer: unknown;
}

/** Finalized blocks stay; whoever follows the chain never has to take anything back. */
const COMMITMENT = 'finalized';

/**
 * Newest transaction version asked for, and what is asked for where an endpoint refuses it. One transaction above
 * the version asked for makes the answer to its whole block an error. Version 1 is SIMD-0385.
 */
const VERSION_NEWEST = 1;
const VERSION_ACCEPTED_EVERYWHERE = 0;

const headerSchema = z.object({
  parentSlot: count,
  blockhash: z.string(),
  previousBlockhash: z.string(),
});
/** Metadata is what endpoints leave out that do not keep the status of transactions; a row without it would be wrong. */
const blockSchema = headerSchema.extend({
  transactions: z.array(z.looseObject({ meta: z.looseObject({}) })),
});
const slotsSchema = z.array(count);

/** Reads finalized blocks of one endpoint; remembers which transaction version it accepts. */
export class BlockReader {
  readonly #client: JsonRpcClient;
  #versionMax = VERSION_NEWEST;

  constructor(client: JsonRpcClient) {
    this.#client = client;
  }

  /** Newest finalized slot. @throws {OperatingError} as `JsonRpcClient.call`. */
  async finalizedSlot(signal: AbortSignal): Promise<number> {
    const result = await this.#client.call('getSlot', [{ commitment: COMMITMENT }], signal);
    return parseResult(count, result, 'getSlot', this.#client.host);
  }

  /** Oldest slot that the endpoint has. @throws {OperatingError} as `JsonRpcClient.call`. */
  async firstAvailableSlot(signal: AbortSignal): Promise<number> {
    const result = await this.#client.call('getFirstAvailableBlock', [], signal);
    return parseResult(count, result, 'getFirstAvailableBlock', this.#client.host);
  }

  /**
   * Slots of the range that have a block, ascending. An endpoint leaves out what it has not or no longer has, so a
   * slot that lacks here is skipped only when the next block's parent stands before it.
   * @param range at most 500,000 slots, the bound of the protocol.
   * @throws {OperatingError} as `JsonRpcClient.call`; RPC_UNREACHABLE for slots out of order or out of range.
   */
  async listSlots({ start, end }: SlotRange, signal: AbortSignal): Promise<number[]> {
    const params = [start, end - 1, { commitment: COMMITMENT }];
    const result = await this.#client.call('getBlocks', params, signal);
    const slots = parseResult(slotsSchema, result, 'getBlocks', this.#client.host);
    const wrong = slots.find(
      (slot, i) => slot < start || slot >= end || slot <= (slots[i - 1] ?? -1),
    );
    if (wrong === undefined) return slots;
    throw this.#disagree(`getBlocks: expected ascending slots of ${start}:${end - 1}`, wrong);
  }

  /**
   * A whole block whose slot was listed.
   * @throws {OperatingError} RPC_REFUSED (not retryable) for a transaction version the endpoint was not told to give;
   * RPC_UNREACHABLE (retryable) when it lists the slot and has no block; else as `JsonRpcClient.call`.
   */
  async readBlock(slot: number, signal: AbortSignal): Promise<RpcBlock> {
    const answer = await this.#getBlock(
      slot,
      { transactionDetails: 'full', rewards: true },
      signal,
    );
    const { parentSlot, blockhash, previousBlockhash } = this.#parse(blockSchema, answer, slot);
    return { slot, parentSlot, blockhash, previousBlockhash, answer };
  }

  /** Only where the block stands in the chain. @throws {OperatingError} as `readBlock`. */
  async readHeader(slot: number, signal: AbortSignal): Promise<RpcBlockHeader> {
    const answer = await this.#getBlock(
      slot,
      { transactionDetails: 'none', rewards: false },
      signal,
    );
    return { slot, ...this.#parse(headerSchema, answer, slot) };
  }

  /** Asks again with the older version where the endpoint does not understand the newest. */
  async #getBlock(slot: number, wanted: object, signal: AbortSignal): Promise<unknown> {
    const version = this.#versionMax;
    const config = { ...wanted, encoding: 'base64', commitment: COMMITMENT };
    const params = [slot, { ...config, maxSupportedTransactionVersion: version }];
    try {
      return await this.#client.call('getBlock', params, signal);
    } catch (error) {
      if (!(error instanceof OperatingError)) throw error;
      if (isInvalidParams(error) && version !== VERSION_ACCEPTED_EVERYWHERE) {
        this.#versionMax = VERSION_ACCEPTED_EVERYWHERE;
        return await this.#getBlock(slot, wanted, signal);
      }
      if (isUnsupportedVersion(error)) throw this.#unsupported(slot, version, error);
      if (isSkippedSlot(error))
        throw this.#disagree(`getBlock: ${error.message}; listed was`, slot);
      throw error;
    }
  }

  #parse<T>(schema: z.ZodType<T>, answer: unknown, slot: number): T {
    if (answer === null) throw this.#disagree('getBlock: received null for the listed slot', slot);
    return parseResult(schema, answer, `getBlock ${slot}`, this.#client.host);
  }

  /** Several nodes behind one address may know different things for a while. */
  #disagree(what: string, slot: number): OperatingError {
    const { host } = this.#client;
    return new OperatingError('RPC_UNREACHABLE', `${what} ${slot} (${host})`, {
      retryable: true,
      fields: { method: 'getBlock', host, slot },
    });
  }

  /** Not a skipped slot: leaving the block out would lose every transaction in it. */
  #unsupported(slot: number, version: number, cause: OperatingError): OperatingError {
    const { host } = this.#client;
    return new OperatingError(
      'RPC_REFUSED',
      `reading block ${slot} at ${host}: expected transactions of at most version ${version}, received a newer one; name an endpoint or a Millrace that knows it and start again, nothing was skipped (${cause.message})`,
      { retryable: false, fields: { ...cause.fields, slot, version }, cause },
    );
  }
}
