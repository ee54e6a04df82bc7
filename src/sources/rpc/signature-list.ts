import { z } from 'zod';
import { decodeSignature } from '../../core/base58.ts';
import { OperatingError } from '../../core/errors.ts';
import type { JsonRpcClient } from './json-rpc-client.ts';
import { count, parseResult } from './parse-result.ts';

/** Largest page an endpoint gives. Source: Solana RPC documentation of `getSignaturesForAddress`. */
export const SIGNATURES_PER_PAGE = 1000;

export type Commitment = 'confirmed' | 'finalized';

export interface SignatureRecord {
  /** base58 of 64 bytes. */
  readonly signature: string;
  readonly slot: number;
  readonly failed: boolean;
  /** Position in the block; null from endpoints before Agave 4.0, which do not tell it. */
  readonly transactionIndex: number | null;
}

export interface SignatureListOptions {
  readonly commitment: Commitment;
  /** Pages with content that are read before the list counts as truncated. */
  readonly pagesMax: number;
  readonly pageSize: number;
  /** Only what is older than this signature; null starts at the newest. */
  readonly before: string | null;
  /** Only what is newer than this signature; null goes back to the oldest. */
  readonly until: string | null;
}

/** All that mentioned an account, failed transactions included, newest first. */
export interface SignatureList {
  readonly account: string;
  readonly signatures: readonly SignatureRecord[];
  readonly pages: number;
  /** True when the page limit was reached and older signatures are known to exist. */
  readonly truncated: boolean;
}

const METHOD = 'getSignaturesForAddress';

const pageSchema = z.array(
  z.object({
    signature: z.string().refine((text) => decodeSignature(text) !== undefined, 'not a signature'),
    slot: count,
    err: z.unknown(),
    transactionIndex: count.nullish(),
  }),
);

/**
 * Pages through an account's signatures until a page is empty: a short page alone proves nothing,
 * because some endpoints give less than was asked for.
 * @throws {OperatingError} as the client does; RPC_UNREACHABLE when pages repeat or are out of order.
 */
export async function listSignatures(
  client: JsonRpcClient,
  account: string,
  options: SignatureListOptions,
  signal: AbortSignal,
): Promise<SignatureList> {
  const signatures: SignatureRecord[] = [];
  const seen = new Set<string>();
  let before = options.before;
  for (let pages = 0; ; pages++) {
    const full = pages >= options.pagesMax;
    const range = { ...(before && { before }), ...(options.until && { until: options.until }) };
    const limit = full ? 1 : options.pageSize;
    const params = [account, { limit, commitment: options.commitment, ...range }];
    const result = await client.call(METHOD, params, signal);
    const page = parseResult(pageSchema, result, METHOD, client.host);
    if (full || page.length === 0) {
      return { account, signatures, pages, truncated: page.length > 0 };
    }
    for (const { signature, slot, err, transactionIndex = null } of page) {
      const previous = signatures.at(-1);
      if (seen.has(signature) || (previous !== undefined && slot > previous.slot)) {
        throw disorder(client.host, account, signature);
      }
      seen.add(signature);
      const failed = err !== null && err !== undefined;
      signatures.push({ signature, slot, failed, transactionIndex });
    }
    before = signatures.at(-1)?.signature ?? null;
  }
}

function disorder(host: string, account: string, signature: string): OperatingError {
  return new OperatingError(
    'RPC_UNREACHABLE',
    `${METHOD} at ${host}: expected the signatures of ${account} once each and newest first, received ${signature} out of order`,
    { retryable: false, fields: { method: METHOD, host, account, signature } },
  );
}
