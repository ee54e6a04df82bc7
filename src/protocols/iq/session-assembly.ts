import type { IqFinalize, IqGeneration } from '../../model/iq-record.ts';
import type { ChunkConflict, SessionState } from '../../model/session-result.ts';
import { compareOnChain } from './chain-order.ts';
import { type ChosenChunks, chooseChunks } from './choose-chunks.ts';
import { missingRanges } from './missing-ranges.ts';
import {
  type ChunkEntry,
  type SessionEvidence,
  splitUploads,
  type Upload,
} from './session-evidence.ts';
import { type SessionOwner, sessionOwnerOf } from './session-owner.ts';
import { parseUploadMetadata } from './upload-metadata.ts';

export interface AssemblyOptions {
  /** Fill gaps that remain from failed transactions signed by the owner, and say so in the state. */
  readonly recoverFailed: boolean;
  /** Most chunks one file may have; a larger claim stays incomplete. Indexes from here on are ignored. */
  readonly chunksMax: number;
  /** Most entries of `missing`. */
  readonly missingRangesMax: number;
  /** Most entries of `conflicts`. */
  readonly conflictsMax: number;
}

/**
 * Things a person should know about a result, with how often they occurred.
 * - `empty-claim`: finalized with 0 chunks; complete, and an empty file.
 * - `claim-beyond-bound`: the total exceeds `chunksMax`; never complete.
 * - `totals-differ`: the owner finalized repeatedly with different totals; the last one counts.
 * - `metadata-total-differs`: the metadata's `total_chunks` is another number than the instruction's.
 * - `index-beyond-total`, `foreign-signer`: ignored records.
 * - `owner-unproven`: the session address does not derive from the owner (generation 3).
 * - `failed-finalize-used`: the total comes from a failed transaction.
 */
export interface SessionWarning {
  readonly code:
    | 'empty-claim'
    | 'claim-beyond-bound'
    | 'totals-differ'
    | 'metadata-total-differs'
    | 'index-beyond-total'
    | 'foreign-signer'
    | 'owner-unproven'
    | 'failed-finalize-used';
  readonly count: number;
}

export interface SessionDecision<Ref> {
  readonly program: string;
  readonly session: string;
  readonly sessionId: string | null;
  readonly generation: IqGeneration;
  readonly state: SessionState;
  readonly owner: string | null;
  readonly totalChunks: number | null;
  /** One entry an index, ascending; the whole file when the state is not `incomplete`. */
  readonly chosen: readonly ChunkEntry<Ref>[];
  /** Inclusive [from, to]; without a known total, the gaps below the highest index seen. */
  readonly missing: readonly (readonly [number, number])[];
  readonly missingCount: number;
  readonly missingTruncated: boolean;
  readonly conflicts: readonly ChunkConflict[];
  /** Also those beyond the listed ones. */
  readonly conflictCount: number;
  /** Chosen chunks that only failed transactions hold. */
  readonly recoveredCount: number;
  /** The closing instruction that counts. Its Merkle root is a claim: the algorithm is unpublished. */
  readonly finalize: IqFinalize | null;
  /** Sum of the chosen payloads. */
  readonly payloadBytes: number;
  /** Over the owner's records that were used; 0 when there are none. */
  readonly firstSlot: number;
  readonly lastSlot: number;
  readonly warnings: readonly SessionWarning[];
}

/**
 * What the evidence about one session account amounts to, one decision an upload. A pure function
 * of the set of records: neither their order nor repetitions matter, because every choice goes by
 * chain position. So chunks may arrive late, before the create or after the finalize.
 *
 * Per chunk index the last successful copy by the owner wins; others that differ are conflicts.
 * Of several finalizes the owner's last successful one wins, for the same reason: the chain's
 * latest word is what every later reader of the account saw.
 */
export function decideSession<Ref>(
  evidence: SessionEvidence<Ref>,
  options: AssemblyOptions,
): SessionDecision<Ref>[] {
  return splitUploads(evidence).map((upload) => decideUpload(upload, options));
}

function decideUpload<Ref>(upload: Upload<Ref>, options: AssemblyOptions): SessionDecision<Ref> {
  const { evidence, sessionId } = upload;
  const ownership = sessionOwnerOf(evidence);
  const finalize = winningFinalize(evidence.finalizes, ownership.owner, options.recoverFailed);
  const total = finalize?.totalChunks ?? null;
  const chunks = chooseChunks(evidence.chunks, {
    ...{ owner: ownership.owner, recoverFailed: options.recoverFailed },
    ...{ indexEnd: Math.min(total ?? Infinity, options.chunksMax) },
    conflictsMax: options.conflictsMax,
  });
  const { chosen, recoveredCount } = chunks;
  const whole = chosen.length === total;
  const recovered = recoveredCount > 0 || finalize?.failed === true;
  const end = total ?? (chosen.at(-1)?.index ?? -1) + 1;
  const present = chosen.map(({ index }) => index);
  const missing = missingRanges(present, end, options.missingRangesMax);
  return {
    program: evidence.program,
    session: evidence.session,
    sessionId,
    generation: evidence.generation,
    state: !whole ? 'incomplete' : recovered ? 'recovered' : 'complete',
    owner: ownership.owner,
    totalChunks: total,
    chosen,
    missing: missing.ranges,
    missingCount: missing.count,
    missingTruncated: missing.truncated,
    conflicts: chunks.conflicts,
    conflictCount: chunks.conflictCount,
    recoveredCount,
    finalize,
    payloadBytes: chosen.reduce((sum, { bytes }) => sum + bytes, 0),
    ...slotBounds(evidence, chosen, finalize),
    warnings: warningsOf({ evidence, finalize, chunks, ownership, options }),
  };
}

function winningFinalize(
  finalizes: readonly IqFinalize[],
  owner: string | null,
  recoverFailed: boolean,
): IqFinalize | null {
  const owned = finalizes.filter(({ signer }) => signer === owner).sort(compareOnChain);
  const successful = owned.findLast(({ failed }) => !failed);
  return successful ?? (recoverFailed ? owned.at(-1) : undefined) ?? null;
}

function slotBounds<Ref>(
  evidence: SessionEvidence<Ref>,
  chosen: readonly ChunkEntry<Ref>[],
  finalize: IqFinalize | null,
): { firstSlot: number; lastSlot: number } {
  let first = Infinity;
  let last = 0;
  const widen = ({ position }: { position: { slot: number } }) => {
    first = Math.min(first, position.slot);
    last = Math.max(last, position.slot);
  };
  for (const create of evidence.creates) if (!create.failed) widen(create);
  for (const chunk of chosen) widen(chunk);
  if (finalize !== null) widen(finalize);
  return { firstSlot: first === Infinity ? 0 : first, lastSlot: last };
}

interface Judged<Ref> {
  readonly evidence: SessionEvidence<Ref>;
  readonly finalize: IqFinalize | null;
  readonly chunks: ChosenChunks<Ref>;
  readonly ownership: SessionOwner;
  readonly options: AssemblyOptions;
}

function warningsOf<Ref>(judged: Judged<Ref>): SessionWarning[] {
  const { evidence, finalize, chunks, ownership, options } = judged;
  const { owner, proven } = ownership;
  const total = finalize?.totalChunks;
  const claimed = parseUploadMetadata(finalize?.metadata ?? null).totalChunks;
  const foreign = [...evidence.creates, ...evidence.finalizes].filter(
    ({ signer }) => owner !== null && signer !== owner,
  );
  const totals = new Set(
    evidence.finalizes
      .filter(({ failed, signer }) => !failed && signer === owner)
      .map(({ totalChunks }) => totalChunks),
  );
  const beyondBound = total !== undefined && total > options.chunksMax;
  const metadataDiffers = total !== undefined && claimed !== null && claimed !== total;
  const counts: Record<SessionWarning['code'], number> = {
    'empty-claim': total === 0 ? 1 : 0,
    'claim-beyond-bound': beyondBound ? 1 : 0,
    'totals-differ': totals.size > 1 ? totals.size : 0,
    'metadata-total-differs': metadataDiffers ? 1 : 0,
    'index-beyond-total': chunks.beyondCount,
    'foreign-signer': chunks.foreignCount + distinctPlaces(foreign),
    'owner-unproven': evidence.generation === '3' && owner !== null && !proven ? 1 : 0,
    'failed-finalize-used': finalize?.failed === true ? 1 : 0,
  };
  return (Object.keys(counts) as SessionWarning['code'][])
    .filter((code) => counts[code] > 0)
    .map((code) => ({ code, count: counts[code] }));
}

/** Repetitions of one record count once, as everywhere in a decision. */
function distinctPlaces(records: readonly (IqFinalize | SessionEvidence<unknown>['creates'][0])[]) {
  return new Set(
    records.map(({ signature, position }) => `${signature} ${position.outer} ${position.inner}`),
  ).size;
}
