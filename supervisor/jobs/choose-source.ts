import { type SlotRange, slotCount } from '../../src/core/slot-range.ts';

export interface SourceFacts {
  /** Transactions that RPC would have to fetch. */
  readonly signatures: number;
  /** True when the list of signatures stopped at the page limit. */
  readonly truncated: boolean;
  readonly window: SlotRange;
  /** Bytes of the window in the archive; null when nothing could tell; unreachable: why. */
  readonly archive:
    | { readonly reachable: true; readonly bytes: number | null }
    | { readonly reachable: false; readonly reason: string };
}

export interface SourceRates {
  readonly rpcRequestsPerSecond: number;
  readonly archiveBytesPerSecond: number;
  /** What one slot is taken to weigh where the archive's index does not say it. */
  readonly bytesPerSlot: number;
}

export interface ChosenSource {
  readonly source: 'rpc' | 'archive';
  /** One sentence for the user. */
  readonly reason: string;
}

/** Picks the source that is estimated to take less time, and says why. */
export function chooseSource(facts: SourceFacts, rates: SourceRates): ChosenSource {
  const { signatures, window, archive } = facts;
  const rpcSeconds = signatures / rates.rpcRequestsPerSecond;
  const byRpc = `${whole(signatures)} transactions by RPC take ${duration(rpcSeconds)}`;
  if (!archive.reachable) {
    return {
      source: 'rpc',
      reason: `Reading by RPC: the archive cannot serve it (${archive.reason}); ${byRpc}.`,
    };
  }
  const slots = slotCount(window);
  const bytes = archive.bytes ?? slots * rates.bytesPerSlot;
  const archiveSeconds = bytes / rates.archiveBytesPerSecond;
  const about = archive.bytes === null ? 'about ' : '';
  const byArchive = `${whole(slots)} slots of the archive (${about}${size(bytes)}) take ${duration(archiveSeconds)}`;
  if (archiveSeconds < rpcSeconds) {
    return { source: 'archive', reason: `Reading from the archive: ${byArchive}, ${byRpc}.` };
  }
  const limit = facts.truncated ? ' (older signatures were not listed: the page limit)' : '';
  return { source: 'rpc', reason: `Reading by RPC: ${byRpc}${limit}, ${byArchive}.` };
}

function whole(value: number): string {
  return value.toLocaleString('en-US');
}

function size(bytes: number): string {
  return bytes < 1e9
    ? `${whole(Math.ceil(bytes / 1e6))} MB`
    : `${whole(Math.ceil(bytes / 1e9))} GB`;
}

function duration(seconds: number): string {
  if (seconds < 60) return `${Math.max(1, Math.ceil(seconds))} s`;
  if (seconds < 7200) return `${Math.ceil(seconds / 60)} min`;
  return `${Math.ceil(seconds / 3600)} h`;
}
