import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { type BackoffOptions, backoffDelayMs } from '../../core/backoff.ts';
import { type ErrorFacts, errorFacts, OperatingError } from '../../core/errors.ts';
import type { JsonRpcClient } from './json-rpc-client.ts';
import type { JsonRpcOutcome } from './json-rpc-reply.ts';
import { isAboutOneTransaction, isInvalidParams } from './rpc-error.ts';
import type { Commitment } from './signature-list.ts';
import {
  parseTransactionReply,
  type RpcTransaction,
  type TransactionReference,
} from './transaction-reply.ts';

export interface TransactionReaderOptions {
  readonly commitment: Commitment;
  /** How often a transaction is asked for while the answer is null. */
  readonly nullTriesMax: number;
  readonly nullBackoff: BackoffOptions;
  /** Values in [0, 1). */
  readonly random: () => number;
}

export interface MissingTransaction {
  readonly signature: string;
  /** null when only the signature is known. */
  readonly slot: number | null;
  readonly error: ErrorFacts;
}

export interface FetchedTransactions {
  /** In the order they were asked for. */
  readonly transactions: readonly RpcTransaction[];
  readonly missing: readonly MissingTransaction[];
}

const METHOD = 'getTransaction';

/**
 * Newest transaction version asked for, and what is asked for where an endpoint refuses it.
 * Version 1 is SIMD-0385; uploads may use it since September 2026.
 */
const VERSION_NEWEST = 1;
const VERSION_ACCEPTED_EVERYWHERE = 0;

/** Fetches single transactions; remembers which transaction version the endpoint accepts. */
export class TransactionReader {
  readonly #client: JsonRpcClient;
  readonly #options: TransactionReaderOptions;
  #versionMax = VERSION_NEWEST;

  constructor(client: JsonRpcClient, options: TransactionReaderOptions) {
    this.#client = client;
    this.#options = options;
  }

  /**
   * Every reference ends up in exactly one of the two lists. The caller bounds how many it asks for at once.
   * @throws {OperatingError} for what concerns the endpoint rather than one transaction: RPC_UNREACHABLE,
   * RPC_REFUSED, RPC_PRUNED (the endpoint keeps no history at all), CANCELLED.
   */
  async fetch(
    references: readonly TransactionReference[],
    signal: AbortSignal,
  ): Promise<FetchedTransactions> {
    const found = new Map<TransactionReference, RpcTransaction | ErrorFacts>();
    let open = references;
    for (let attempt = 0; open.length > 0; attempt++) {
      if (attempt > 0) await this.#waitForNull(attempt - 1, signal);
      const outcomes = await this.#ask(open, signal);
      const unanswered: TransactionReference[] = [];
      for (const [position, reference] of open.entries()) {
        const answer = readOutcome(outcomes[position], reference);
        if (answer === null) unanswered.push(reference);
        else found.set(reference, answer);
      }
      open = unanswered;
      if (attempt + 1 >= this.#options.nullTriesMax) break;
    }
    return this.#sortOut(references, found);
  }

  /** The same for one transaction of which only the signature is known. */
  async fetchOne(
    signature: string,
    signal: AbortSignal,
  ): Promise<RpcTransaction | MissingTransaction> {
    const reference = { signature, slot: null, transactionIndex: 0, failed: null };
    const { transactions, missing } = await this.fetch([reference], signal);
    const [answer] = [...transactions, ...missing];
    assert(answer !== undefined, `no answer for ${signature}`);
    return answer;
  }

  #sortOut(
    references: readonly TransactionReference[],
    found: ReadonlyMap<TransactionReference, RpcTransaction | ErrorFacts>,
  ): FetchedTransactions {
    const transactions: RpcTransaction[] = [];
    const missing: MissingTransaction[] = [];
    for (const reference of references) {
      const { signature, slot } = reference;
      const answer = found.get(reference) ?? this.#stayedNull(signature);
      if ('wire' in answer) transactions.push(answer);
      else missing.push({ signature, slot, error: answer });
    }
    return { transactions, missing };
  }

  /** Asks again with the older version where the endpoint does not understand the newest. */
  async #ask(
    references: readonly TransactionReference[],
    signal: AbortSignal,
  ): Promise<JsonRpcOutcome[]> {
    const versionAsked = this.#versionMax;
    const calls = references.map(({ signature }) => ({
      method: METHOD,
      params: [signature, this.#parameters(versionAsked)],
    }));
    const outcomes = await this.#client.callMany(calls, signal);
    const refused = outcomes.some((outcome) => !outcome.ok && isInvalidParams(outcome.error));
    if (!refused || versionAsked === VERSION_ACCEPTED_EVERYWHERE) return outcomes;
    this.#versionMax = VERSION_ACCEPTED_EVERYWHERE;
    return await this.#ask(references, signal);
  }

  #parameters(maxSupportedTransactionVersion: number) {
    const { commitment } = this.#options;
    return { encoding: 'base64', commitment, maxSupportedTransactionVersion };
  }

  async #waitForNull(attempt: number, signal: AbortSignal): Promise<void> {
    const pauseMs = backoffDelayMs(attempt, this.#options.nullBackoff, this.#options.random());
    try {
      await delay(pauseMs, undefined, { signal });
    } catch {
      throw new OperatingError('CANCELLED', `${METHOD} at ${this.#client.host}: stopped`, {
        retryable: false,
        fields: { method: METHOD, host: this.#client.host },
      });
    }
  }

  #stayedNull(signature: string): ErrorFacts {
    const { host } = this.#client;
    return errorFacts(
      new OperatingError(
        'RPC_PRUNED',
        `${METHOD} at ${host}: expected transaction ${signature}, received null ${this.#options.nullTriesMax} times`,
        { retryable: true, fields: { method: METHOD, host, signature } },
      ),
    );
  }
}

/** null: the endpoint answered null. */
function readOutcome(
  outcome: JsonRpcOutcome | undefined,
  reference: TransactionReference,
): RpcTransaction | ErrorFacts | null {
  if (outcome === undefined || (outcome.ok && outcome.result === null)) return null;
  if (!outcome.ok) {
    if (isAboutOneTransaction(outcome.error)) return errorFacts(outcome.error);
    throw outcome.error;
  }
  try {
    return parseTransactionReply(outcome.result, reference);
  } catch (error) {
    if (error instanceof OperatingError) return errorFacts(error);
    throw error;
  }
}
