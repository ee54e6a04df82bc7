import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { epochOfSlot } from '../../src/core/epoch.ts';
import { type VerifyReport, verifyArchive } from '../../src/pipelines/verify/verify-archive.ts';
import { archiveAt } from './archive-folder.ts';
import { rootlessHeader, sectionOf } from './car-bytes.ts';
import { smallLimits } from './run-shard.ts';

/** Verifies the slots from `first` to `last`, both included. */
export function verifyRun(
  base: string,
  [first, last]: readonly [number, number],
  options: {
    readonly poh?: boolean;
    /** Most bytes that are kept of one slot: real ones need more than the small archives of tests. */
    readonly slotBytesMax?: number;
    readonly signal?: AbortSignal;
  } = {},
): Promise<VerifyReport> {
  const slotRecordsBytesMax = options.slotBytesMax ?? smallLimits.slotRecordsBytesMax;
  return verifyArchive(
    {
      archive: archiveAt(base),
      range: { start: first, end: last + 1 },
      poh: options.poh === true,
      limits: { ...smallLimits, slotRecordsBytesMax },
      onProgress: () => undefined,
    },
    options.signal ?? new AbortController().signal,
  );
}

/** A CAR of these nodes and nothing beside it, so that slots are found by reading. */
export function writeCar(base: string, slot: number, nodes: readonly Uint8Array[]): void {
  const epoch = epochOfSlot(slot);
  mkdirSync(join(base, `${epoch}`), { recursive: true });
  const car = Buffer.concat([rootlessHeader, ...nodes.map(sectionOf)]);
  writeFileSync(join(base, `${epoch}`, `epoch-${epoch}.car`), car);
}

/** Changes one bit of a file, at its `offset`. */
export function flipBit(path: string, offset: number): void {
  const bytes = readFileSync(path);
  bytes[offset] = (bytes[offset] ?? 0) ^ 4;
  writeFileSync(path, bytes);
}
