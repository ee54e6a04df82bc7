import { z } from 'zod';

/** The part of RPC's answers that swaps are decoded from, in all encodings. */
const index = z.int().min(0).max(255);
const instructionSchema = z.object({
  programIdIndex: index.nullish(),
  programId: z.string().nullish(),
  accounts: z.array(z.union([index, z.string()])).nullish(),
  data: z.string().nullish(),
  parsed: z.unknown().optional(),
  stackHeight: index.nullish(),
});
const balanceSchema = z.object({
  accountIndex: index,
  mint: z.string(),
  owner: z.string().nullish(),
  programId: z.string().nullish(),
  uiTokenAmount: z.object({ amount: z.string().regex(/^\d{1,20}$/), decimals: index }),
});
const keyList = z.array(z.string());
const metaSchema = z.object({
  err: z.unknown().optional(),
  innerInstructions: z
    .array(z.object({ index, instructions: z.array(instructionSchema) }))
    .nullish(),
  logMessages: z.array(z.string()).nullish(),
  preTokenBalances: z.array(balanceSchema).nullish(),
  postTokenBalances: z.array(balanceSchema).nullish(),
  loadedAddresses: z.object({ writable: keyList, readonly: keyList }).nullish(),
});
const messageSchema = z.object({
  header: z.object({ numRequiredSignatures: index }).nullish(),
  accountKeys: z.array(
    z.union([z.string(), z.object({ pubkey: z.string(), signer: z.boolean() })]),
  ),
  instructions: z.array(instructionSchema),
});
const transactionSchema = z.union([
  z.tuple([z.string(), z.enum(['base64', 'base58'])]),
  z.object({ signatures: z.array(z.string()).min(1), message: messageSchema }),
]);
/** One element of a getBlock answer's `transactions`, or the body of a getTransaction answer. */
export const jsonTransactionSchema = z.object({
  transaction: transactionSchema,
  meta: metaSchema.nullable(),
});

export type TransactionJson = z.infer<typeof jsonTransactionSchema>;
export type MetaJson = NonNullable<TransactionJson['meta']>;
export type MessageJson = z.infer<typeof messageSchema>;
export type InstructionJson = z.infer<typeof instructionSchema>;
