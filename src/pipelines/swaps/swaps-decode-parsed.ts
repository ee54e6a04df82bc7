import { z } from 'zod';

/**
 * RPC's encoding `jsonParsed` replaces the bytes of instructions of well-known programs by a description. Transfers of
 * tokens are turned back into bytes here; nothing else of such programs matters to swaps.
 * Source of both sides: anza-xyz/agave, transaction-status/src/parse_token.rs, and the token programs' instructions.
 */
export interface RawInstruction {
  readonly accounts: readonly string[];
  readonly data: Uint8Array;
}

const amountText = z.string().regex(/^\d{1,20}$/);
const uiAmount = z.object({ amount: amountText, decimals: z.int().min(0).max(255) });

const parties = {
  source: z.string(),
  destination: z.string(),
  /** Absent where several keys signed together. */
  authority: z.string().optional(),
};

const transferSchema = z.object({
  type: z.literal('transfer'),
  info: z.object({ ...parties, amount: amountText }),
});
const checkedSchema = z.object({
  type: z.enum(['transferChecked', 'transferCheckedWithFee']),
  info: z.object({
    ...parties,
    mint: z.string(),
    tokenAmount: uiAmount,
    feeAmount: uiAmount.nullish(),
  }),
});

const NOTHING: RawInstruction = { accounts: [], data: new Uint8Array(0) };

/** Bytes and accounts of a described token transfer; nothing for any other description. */
export function rawTransfer(parsed: unknown): RawInstruction {
  const plain = transferSchema.safeParse(parsed);
  if (plain.success) {
    const { source, destination, authority, amount } = plain.data.info;
    const data = Buffer.alloc(9);
    data[0] = 3;
    data.writeBigUInt64LE(BigInt(amount), 1);
    return { accounts: [source, destination, ...(authority ? [authority] : [])], data };
  }
  const checked = checkedSchema.safeParse(parsed);
  if (!checked.success) return NOTHING;
  const { source, mint, destination, authority, tokenAmount, feeAmount } = checked.data.info;
  const start = feeAmount ? [26, 1] : [12];
  const data = Buffer.alloc(start.length + 9 + (feeAmount ? 8 : 0));
  data.set(start);
  const amountAt = start.length;
  data.writeBigUInt64LE(BigInt(tokenAmount.amount), amountAt);
  data[amountAt + 8] = tokenAmount.decimals;
  if (feeAmount) data.writeBigUInt64LE(BigInt(feeAmount.amount), amountAt + 9);
  return { accounts: [source, mint, destination, ...(authority ? [authority] : [])], data };
}
