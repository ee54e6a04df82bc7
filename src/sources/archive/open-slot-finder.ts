import { OperatingError } from '../../core/errors.ts';
import { corrupt } from './archive-errors.ts';
import {
  type CompactIndexKind,
  compactIndexName,
  slotRangesName,
  slotsTextName,
} from './archive-layout.ts';
import { type CarOfEpoch, openBisectFinder, openScanFinder } from './bisect-finder.ts';
import { cidText } from './car-header.ts';
import { CidOffsets } from './cid-offsets.ts';
import { openCompactFinder } from './compact-finder.ts';
import { type CompactIndexHeader, parseCompactHeader } from './compact-index.ts';
import type { EpochBases } from './epoch-archive.ts';
import type { SlotFinder } from './located-slots.ts';
import { openSlotRanges, SLOT_RANGES_BYTES } from './slot-ranges.ts';
import { readSlotToCid, SLOT_TO_CID_BYTES_MAX } from './slot-to-cid.ts';
import { parseSlotsText, SLOTS_TEXT_BYTES_MAX } from './slots-text.ts';

export interface OpenedFinder {
  readonly finder: SlotFinder;
  /** Present slots of the whole epoch where a list of them was read, else null. */
  readonly slots: Float64Array | null;
  close(): void;
}

type RootedCar = CarOfEpoch & { readonly rootCid: string | null };
type Opener = () => Promise<OpenedFinder>;

/** Without a list of slots, a file up to this size is read whole: a bisection would save little. */
const SCAN_BYTES_MAX = 64 * 1024 * 1024;

/**
 * Chooses the best way of finding slots that the archive allows. An index that is missing, refused
 * or wrong is noted and the next way is taken; a server that cannot be reached ends the search,
 * because going on without an index would cost it, and us, far more.
 */
export async function openSlotFinder(
  bases: EpochBases,
  car: RootedCar,
  signal: AbortSignal,
): Promise<OpenedFinder> {
  const openers: Opener[] = [() => openCompact(bases, car, signal)];
  if (!bases.forceLegacyIndex) openers.unshift(() => openRanges(bases, car, signal));
  for (const open of openers) {
    const opened = await unlessUnusable(open, bases.notes);
    if (opened !== undefined) return opened;
  }
  const slots = await unlessUnusable(() => loadSlotsText(bases, signal), bases.notes);
  const mustScan = slots === undefined && car.source.size <= SCAN_BYTES_MAX;
  const openFinder = mustScan ? openScanFinder : openBisectFinder;
  return { finder: openFinder(car, slots ?? null), slots: slots ?? null, close: () => undefined };
}

async function unlessUnusable<T>(open: () => Promise<T>, notes: string[]): Promise<T | undefined> {
  try {
    return await open();
  } catch (error) {
    const isUnusable =
      error instanceof OperatingError &&
      (error.code === 'ARCHIVE_NOT_FOUND' ||
        error.code === 'ARCHIVE_CORRUPT' ||
        (error.code === 'ARCHIVE_UNREACHABLE' && !error.retryable));
    if (!isUnusable) throw error;
    notes.push(error.message);
    return undefined;
  }
}

async function openRanges(
  bases: EpochBases,
  car: CarOfEpoch,
  signal: AbortSignal,
): Promise<OpenedFinder> {
  const { epoch } = bases;
  const file = await bases.indexes.load(slotRangesName(epoch), SLOT_RANGES_BYTES, signal);
  const finder = await openSlotRanges({ ...file, epoch }, car, signal);
  return { finder, slots: null, close: () => undefined };
}

async function openCompact(
  bases: EpochBases,
  car: RootedCar,
  signal: AbortSignal,
): Promise<OpenedFinder> {
  const { rootCid, source } = car;
  if (rootCid === null) {
    throw corrupt(`${source.name}: has no root, so the names of its classic indexes are unknown`, {
      name: source.name,
    });
  }
  const nameOf = (kind: CompactIndexKind) =>
    compactIndexName(kind, { epoch: bases.epoch, rootCid, network: bases.network });
  const file = await bases.indexes.load(nameOf('slot-to-cid'), SLOT_TO_CID_BYTES_MAX, signal);
  const header = parseCompactHeader(file.bytes, file.name);
  requireMadeFor(header, rootCid, 'slot-to-cid');
  const slotToCid = readSlotToCid(file.bytes, header, bases.epoch);
  const offsetsSource = await bases.indexes.open(nameOf('cid-to-offset-and-size'), signal);
  try {
    const cidOffsets = await CidOffsets.open(offsetsSource, signal);
    requireMadeFor(cidOffsets.header, rootCid, 'cid-to-offset-and-size');
    const finder = await openCompactFinder(car, { slotToCid, cidOffsets }, signal);
    return { finder, slots: null, close: () => offsetsSource.close() };
  } catch (error) {
    offsetsSource.close();
    throw error;
  }
}

/** Both indexes say in their metadata what they are and which CAR they were made for. */
function requireMadeFor(header: CompactIndexHeader, rootCid: string, kind: CompactIndexKind): void {
  const root = header.metadata.get('rootCid');
  const foundKind = header.metadata.get('kind')?.toString('latin1') ?? 'nothing';
  const foundRoot = root === undefined ? 'none' : cidText(root);
  if (foundKind === kind && foundRoot === rootCid) return;
  throw corrupt(
    `${header.name}: expected ${kind} of the CAR with root ${rootCid}, found ${foundKind} of root ${foundRoot}`,
    { name: header.name },
  );
}

async function loadSlotsText(bases: EpochBases, signal: AbortSignal): Promise<Float64Array> {
  const { epoch, indexes } = bases;
  const file = await indexes.load(slotsTextName(epoch), SLOTS_TEXT_BYTES_MAX, signal);
  return parseSlotsText(file.bytes, epoch, file.name);
}
