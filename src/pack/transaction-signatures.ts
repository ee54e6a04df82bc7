import { createTransactionLayout, readTransaction } from '../decode/transaction.ts';

const SIGNATURE_BYTES = 64;
const layout = createTransactionLayout();

/**
 * Every signature of a wire transaction, in order, as views.
 * @throws {OperatingError} RECORD_MALFORMED when the bytes are no whole transaction.
 */
export function signaturesOf(wire: Uint8Array): Uint8Array[] {
  readTransaction(wire, 0, wire.length, layout);
  const { signaturesStart, signatureCount } = layout;
  return Array.from({ length: signatureCount }, (_, i) => {
    const at = signaturesStart + i * SIGNATURE_BYTES;
    return wire.subarray(at, at + SIGNATURE_BYTES);
  });
}
