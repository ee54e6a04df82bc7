import { decodeBase58, decodePublicKey, decodeSignature } from '../../core/base58.ts';
import { OperatingError } from '../../core/errors.ts';
import { buildLedgerTransaction } from '../../decode/ledger-transaction.ts';
import type { LedgerInstruction, LedgerTransaction } from '../../model/ledger-transaction.ts';
import type { StatusMeta } from '../../model/status-meta.ts';
import type { SwapMeta } from '../../protocols/dex/swap-transaction.ts';
import { rawTransfer } from './swaps-decode-parsed.ts';
import type {
  InstructionJson,
  MessageJson,
  MetaJson,
  TransactionJson,
} from './swaps-decode-schema.ts';

/** A transaction of RPC JSON with what swaps are decoded from. */
export interface JsonTransaction {
  readonly transaction: LedgerTransaction;
  readonly meta: SwapMeta;
}

/** Where a transaction stands, which its own JSON does not always tell. */
export interface JsonPosition {
  readonly slot: number;
  readonly transactionIndex: number;
  readonly blockTime: number;
}

/**
 * A transaction of any RPC encoding: `json`, `jsonParsed`, `base64` or `base58`.
 * @returns null where the endpoint had no metadata: what the transaction did is then unknown.
 * @throws {OperatingError} RECORD_MALFORMED naming the transaction.
 */
export function mapJsonTransaction(
  { transaction, meta }: TransactionJson,
  position: JsonPosition,
): JsonTransaction | null {
  if (meta === null) return null;
  if (Array.isArray(transaction)) return mapWire(transaction, meta, position);
  const signature = decodeSignature(transaction.signatures[0] ?? '');
  if (signature === undefined) throw malformed('a signature', transaction.signatures[0]);
  const { message } = transaction;
  const keys = [
    ...message.accountKeys.map((key) => (typeof key === 'string' ? key : key.pubkey)),
    // Under jsonParsed the loaded keys stand among the others.
    ...(message.header ? loadedKeys(meta) : []),
  ];
  const read = (json: InstructionJson, outer: number, inner: number) =>
    instructionOf(json, { outer, inner, keys });
  const groups = new Map(meta.innerInstructions?.map((group) => [group.index, group.instructions]));
  return {
    transaction: {
      ...position,
      signature,
      failed: isFailed(meta),
      accountKeys: joinKeys(keys),
      signerCount: signerCountOf(message),
      instructions: message.instructions.flatMap((json, outer) => [
        read(json, outer, -1),
        ...(groups.get(outer) ?? []).map((called, inner) => read(called, outer, inner)),
      ]),
    },
    meta: swapMetaOf(meta),
  };
}

function mapWire(
  [text, encoding]: readonly [string, 'base64' | 'base58'],
  meta: MetaJson,
  position: JsonPosition,
): JsonTransaction {
  const wire = encoding === 'base64' ? Buffer.from(text, 'base64') : decodeBase58(text);
  if (wire === undefined) throw malformed('base58 text', text);
  const status = statusMetaOf(meta);
  return { transaction: buildLedgerTransaction({ ...position, wire, meta: status }), meta: status };
}

interface InstructionPlace {
  readonly outer: number;
  readonly inner: number;
  /** Empty where the instruction names accounts by index. */
  readonly keys: readonly string[];
}

function instructionOf(
  json: InstructionJson,
  { outer, inner, keys }: InstructionPlace,
): LedgerInstruction {
  const raw = json.parsed === undefined ? null : rawTransfer(json.parsed);
  const data = raw === null ? decodeBase58(json.data ?? '') : raw.data;
  if (data === undefined) throw malformed('base58 instruction data', json.data);
  const accounts = raw === null ? (json.accounts ?? []) : raw.accounts;
  const indexOf = (account: string | number): number => {
    const found = typeof account === 'number' ? account : keys.indexOf(account);
    if (found < 0) throw malformed('an account among the keys of the transaction', account);
    return found;
  };
  return {
    ...{ outer, inner, data, stackHeight: json.stackHeight ?? (inner < 0 ? 1 : null) },
    programIndex: indexOf(json.programIdIndex ?? json.programId ?? ''),
    accounts: Uint8Array.from(accounts, indexOf),
  };
}

function signerCountOf({ header, accountKeys }: MessageJson): number {
  if (header) return header.numRequiredSignatures;
  return accountKeys.filter((key) => typeof key !== 'string' && key.signer).length;
}

function loadedKeys({ loadedAddresses }: MetaJson): string[] {
  return loadedAddresses ? [...loadedAddresses.writable, ...loadedAddresses.readonly] : [];
}

function joinKeys(texts: readonly string[]): Uint8Array {
  const joined = new Uint8Array(texts.length * 32);
  for (const [position, text] of texts.entries()) {
    const key = decodePublicKey(text);
    if (key === undefined) throw malformed('a public key', text);
    joined.set(key, position * 32);
  }
  return joined;
}

function isFailed({ err }: MetaJson): boolean {
  return err !== null && err !== undefined;
}

function swapMetaOf(meta: MetaJson): SwapMeta {
  const balancesOf = (list: MetaJson['preTokenBalances']) =>
    list?.map(({ uiTokenAmount, owner, programId, ...account }) => ({
      ...account,
      ...uiTokenAmount,
      owner: owner ?? null,
      programId: programId ?? null,
    })) ?? null;
  return {
    logMessages: meta.logMessages ?? null,
    preTokenBalances: balancesOf(meta.preTokenBalances),
    postTokenBalances: balancesOf(meta.postTokenBalances),
  };
}

/** What a wire transaction is put together with; fields that swaps do not need say "not recorded". */
function statusMetaOf(meta: MetaJson): StatusMeta {
  return {
    ...swapMetaOf(meta),
    failed: isFailed(meta),
    // The endpoint gives the error as JSON, so there are no stored bytes to keep.
    error: isFailed(meta) ? new Uint8Array(0) : null,
    fee: 0n,
    preBalances: [],
    postBalances: [],
    innerInstructions: (meta.innerInstructions ?? []).map(({ index, instructions }) => ({
      outer: index,
      instructions: instructions.map((json, inner) =>
        instructionOf(json, { outer: index, inner, keys: [] }),
      ),
    })),
    loadedWritable: joinKeys(meta.loadedAddresses?.writable ?? []),
    loadedReadonly: joinKeys(meta.loadedAddresses?.readonly ?? []),
    computeUnits: null,
    costUnits: null,
    returnData: null,
    rewards: null,
  };
}

function malformed(expected: string, received: unknown): OperatingError {
  return new OperatingError(
    'RECORD_MALFORMED',
    `reading a transaction of RPC JSON: expected ${expected}, received ${JSON.stringify(received)?.slice(0, 100)}`,
    { retryable: false },
  );
}
