/**
 * What the bytes of one instruction say, before accounts are looked up. `sessionAccount` is a
 * position in the instruction's account list.
 */
export type IqInstruction =
  | { readonly type: 'create'; readonly sessionAccount: number; readonly seq: string }
  | {
      readonly type: 'chunk';
      readonly sessionAccount: number;
      readonly sessionId: string | null;
      readonly index: number;
      readonly method: number;
      readonly payload: Uint8Array;
    }
  | {
      readonly type: 'finalize';
      readonly sessionAccount: number;
      /** Base58 account that the layout repeats in its data and that must equal the account, or null. */
      readonly claimedSession: string | null;
      readonly sessionId: string | null;
      readonly totalChunks: number;
      readonly merkleRoot: string | null;
      readonly seq: string | null;
      readonly metadata: string | null;
    }
  | {
      readonly type: 'link';
      readonly payload: Uint8Array;
      readonly beforeTx: string;
      readonly method: number;
      readonly decodeBreak: number;
    }
  | {
      readonly type: 'tail';
      readonly tailSignature: string;
      readonly metadata: string | null;
      readonly contentType: string | null;
      readonly offset: string | null;
    }
  | { readonly type: 'inline'; readonly metadata: string }
  | { readonly type: 'malformed'; readonly reason: string };

/** `undefined`: the leading bytes are not those of a file instruction of this layout. */
export type DecodeInstruction = (data: Uint8Array) => IqInstruction | undefined;

/** Lower-case hex of the first eight bytes, Anchor's discriminator; `''` when there are fewer. */
export function discriminatorOf(data: Uint8Array): string {
  return data.length < 8 ? '' : hexOf(data.subarray(0, 8));
}

export function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex');
}

export function malformed(reason: string): IqInstruction {
  return { type: 'malformed', reason };
}
