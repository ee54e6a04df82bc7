import { setTimeout as delay } from 'node:timers/promises';
import { type BackoffOptions, backoffDelayMs } from '../../core/backoff.ts';
import { OperatingError } from '../../core/errors.ts';
import { exchangeHttp } from './http-exchange.ts';
import { type JsonRpcOutcome, readJsonRpcReply } from './json-rpc-reply.ts';
import { RequestGate } from './request-gate.ts';
import { parseRpcAddress, type RpcAddress } from './rpc-address.ts';

export interface JsonRpcOptions {
  readonly url: string;
  readonly userAgent: string;
  /** Requests in flight at once. */
  readonly concurrencyMax: number;
  readonly requestsPerSecond: number;
  /** Calls in one request; 1 sends no batches. */
  readonly batchMax: number;
  /** Requests made for one call before its error counts. */
  readonly triesMax: number;
  readonly timeoutMs: number;
  readonly replyBytesMax: number;
  /** Reads replies whose integers a double may not hold; `JSON.parse` where absent. */
  readonly parseJson?: (text: string) => unknown;
  readonly backoff: BackoffOptions;
  /** Longest `Retry-After` that is obeyed; a longer one is shortened to it. */
  readonly retryAfterMsMax: number;
  /** Values in [0, 1). */
  readonly random: () => number;
  /** Monotonic clock in milliseconds. */
  readonly now: () => number;
}

export interface JsonRpcCall {
  readonly method: string;
  readonly params: readonly unknown[];
}

/**
 * JSON-RPC 2.0 over HTTP to one endpoint. Own and thin, because `Connection` of web3.js hides error codes,
 * retries on its own terms and refuses replies whose shape it does not know.
 */
export class JsonRpcClient {
  readonly #options: JsonRpcOptions;
  readonly #address: RpcAddress;
  readonly #gate: RequestGate;
  #batchMax: number;
  #lastId = 0;

  /** @throws {OperatingError} CONFIG when the URL is none. */
  constructor(options: JsonRpcOptions) {
    this.#options = options;
    this.#address = parseRpcAddress(options.url);
    this.#gate = new RequestGate(options);
    this.#batchMax = options.batchMax;
  }

  /** Host and port: what messages and logs may name. */
  get host(): string {
    return this.#address.host;
  }

  /** @throws {OperatingError} RPC_UNREACHABLE, RPC_REFUSED, RPC_PRUNED or CANCELLED, after all tries. */
  async call(method: string, params: readonly unknown[], signal: AbortSignal): Promise<unknown> {
    const [outcome] = await this.callMany([{ method, params }], signal);
    if (outcome?.ok) return outcome.result;
    throw outcome?.error ?? this.#cancelled(method);
  }

  /**
   * One outcome a call, in order. An endpoint that refuses batches is asked one by one from then on.
   * @throws {OperatingError} CANCELLED only; every other error stands in its outcome.
   */
  async callMany(calls: readonly JsonRpcCall[], signal: AbortSignal): Promise<JsonRpcOutcome[]> {
    const outcomes: JsonRpcOutcome[] = new Array(calls.length);
    let next = 0;
    const lane = async () => {
      while (next < calls.length) {
        const first = next;
        next = Math.min(calls.length, first + this.#batchMax);
        const group = calls.slice(first, next);
        for (const [index, outcome] of (await this.#settle(group, signal)).entries()) {
          outcomes[first + index] = outcome;
        }
      }
    };
    const lanes = Math.min(calls.length, this.#options.concurrencyMax);
    await Promise.all(Array.from({ length: lanes }, lane));
    return outcomes;
  }

  /** Asks until every call of the group has a result or an error that stays. */
  async #settle(group: readonly JsonRpcCall[], signal: AbortSignal): Promise<JsonRpcOutcome[]> {
    const outcomes: JsonRpcOutcome[] = new Array(group.length);
    let open = group.map((_call, index) => index);
    for (let attempt = 0; ; attempt++) {
      const asked = open.flatMap((index) => group[index] ?? []);
      const replies = await this.#ask(asked, signal);
      for (const [position, reply] of replies.entries()) outcomes[open[position] ?? 0] = reply;
      open = open.filter((index) => isRetryable(outcomes[index]));
      if (open.length === 0 || attempt + 1 >= this.#options.triesMax) return outcomes;
      await this.#backOff(attempt, outcomes[open[0] ?? 0], signal);
    }
  }

  async #ask(calls: readonly JsonRpcCall[], signal: AbortSignal): Promise<JsonRpcOutcome[]> {
    try {
      return await this.#exchange(calls, signal);
    } catch (error) {
      if (!(error instanceof OperatingError) || error.code === 'CANCELLED') throw error;
      if (calls.length === 1 || error.retryable) return calls.map(() => ({ ok: false, error }));
      this.#batchMax = 1;
      return await this.callMany(calls, signal);
    }
  }

  async #exchange(calls: readonly JsonRpcCall[], signal: AbortSignal): Promise<JsonRpcOutcome[]> {
    const { userAgent, timeoutMs, replyBytesMax } = this.#options;
    const asked = calls.map((call) => ({ jsonrpc: '2.0', id: ++this.#lastId, ...call }));
    const address = this.#address;
    const method = calls[0]?.method ?? '';
    await this.#unlessCancelled(this.#gate.enter(signal), method, signal);
    try {
      const body = JSON.stringify(asked.length === 1 ? asked[0] : asked);
      const request = { address, method, body, userAgent, timeoutMs, replyBytesMax };
      const reply = await exchangeHttp(request, signal);
      return readJsonRpcReply(reply, asked, address, this.#options.parseJson);
    } finally {
      this.#gate.leave();
    }
  }

  async #backOff(
    attempt: number,
    outcome: JsonRpcOutcome | undefined,
    signal: AbortSignal,
  ): Promise<void> {
    const { backoff, random, retryAfterMsMax } = this.#options;
    const fields = outcome?.ok === false ? outcome.error.fields : {};
    const askedForMs = Math.min(Number(fields['retryAfterMs'] ?? 0), retryAfterMsMax);
    if (askedForMs > 0) this.#gate.pause(askedForMs);
    const pauseMs = backoffDelayMs(attempt, backoff, random());
    const method = String(fields['method'] ?? '');
    await this.#unlessCancelled(delay(pauseMs, undefined, { signal }), method, signal);
  }

  async #unlessCancelled(
    waited: Promise<void>,
    method: string,
    signal: AbortSignal,
  ): Promise<void> {
    try {
      await waited;
    } catch (error) {
      throw signal.aborted ? this.#cancelled(method) : error;
    }
  }

  #cancelled(method: string): OperatingError {
    return new OperatingError('CANCELLED', `${method} at ${this.host}: stopped before it ended`, {
      retryable: false,
      fields: { method, host: this.host },
    });
  }
}

function isRetryable(outcome: JsonRpcOutcome | undefined): boolean {
  return outcome?.ok === false && outcome.error.retryable;
}
