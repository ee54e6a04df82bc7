import type { AccountKeySet } from '../../decode/account-key-set.ts';
import type { ScannedTransaction } from '../../decode/scanned-transaction.ts';
import { INNER_STRIDE, type StatusMetaFields } from '../../decode/status-meta-fields.ts';
import { INSTRUCTION_STRIDE } from '../../decode/transaction.ts';

/** Whether one of the keys that a transaction loads by lookup tables is wanted. */
export function loadsWanted(
  wanted: AccountKeySet,
  metadata: Buffer,
  fields: StatusMetaFields,
): boolean {
  const { loadedWritable, loadedWritableCount, loadedReadonly, loadedReadonlyCount } = fields;
  // Programs are never written to, so they are loaded read-only.
  for (let i = 0; i < loadedReadonlyCount; i++) {
    if (wanted.has(metadata, loadedReadonly[i] ?? 0)) return true;
  }
  for (let i = 0; i < loadedWritableCount; i++) {
    if (wanted.has(metadata, loadedWritable[i] ?? 0)) return true;
  }
  return false;
}

/** Whether a wanted program is called: many a transaction lists one and has no use for it. */
export function callsWanted(wanted: AccountKeySet, transaction: ScannedTransaction): boolean {
  const { instructions, instructionCount } = transaction.layout;
  for (let row = 0; row < instructionCount * INSTRUCTION_STRIDE; row += INSTRUCTION_STRIDE) {
    if (isWanted(wanted, transaction, instructions[row] ?? 0)) return true;
  }
  const { inner, innerCount } = transaction.fields;
  for (let row = 0; row < innerCount * INNER_STRIDE; row += INNER_STRIDE) {
    if (isWanted(wanted, transaction, inner[row + 1] ?? 0)) return true;
  }
  return false;
}

/** @param index of a key: static ones first, then loaded writable, then loaded read-only. */
function isWanted(
  wanted: AccountKeySet,
  { wire, layout, metadata, fields }: ScannedTransaction,
  index: number,
): boolean {
  const { keyCount, keysStart } = layout;
  if (index < keyCount) return wanted.has(wire, keysStart + index * 32);
  const loaded = index - keyCount;
  const { loadedWritable, loadedWritableCount, loadedReadonly, loadedReadonlyCount } = fields;
  if (loaded < loadedWritableCount) return wanted.has(metadata, loadedWritable[loaded] ?? 0);
  const at = loaded - loadedWritableCount;
  return at < loadedReadonlyCount && wanted.has(metadata, loadedReadonly[at] ?? 0);
}
