import { createTransactionLayout, readTransaction } from '../decode/transaction.ts';

const SIGNATURE_BYTES = 64;
const layout = createTransactionLayout();

/**
 * All signatures of a wire transaction, one after another, as a view.
 * @throws {OperatingError} RECORD_MALFORMED when the bytes are no whole transaction.
 */
export function signaturesOf(wire: Uint8Array): Uint8Array {
  readTransaction(wire, 0, wire.length, layout);
  const { signaturesStart, signatureCount } = layout;
  return wire.subarray(signaturesStart, signaturesStart + signatureCount * SIGNATURE_BYTES);
}
