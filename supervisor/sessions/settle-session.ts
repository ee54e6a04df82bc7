import { errorText, OperatingError } from '../../src/core/errors.ts';
import type { IngestFacts } from '../../src/model/ingest-facts.ts';
import type { SessionResult } from '../../src/model/session-result.ts';
import { deliveryKeyOf, uploadKeyOf } from '../../src/store/delivery-key.ts';
import type { EnqueueOutcome } from '../../src/store/outbox.ts';
import type { Store } from '../../src/store/store.ts';
import { type BuildOptions, type BuiltFile, buildFile } from './build-file.ts';
import { type DecideOptions, decideUploads } from './decide-uploads.ts';
import type { DecidedUpload } from './decided-upload.ts';
import { sessionResultOf } from './session-result-of.ts';
import { writeOutFile } from './write-out-file.ts';

export interface SettleOptions extends DecideOptions, BuildOptions {
  readonly job: string;
  readonly readerMode: string;
  /** Folder for files; null delivers them to `target`. */
  readonly outDir: string | null;
  /** URL of the ingest endpoint. */
  readonly target: string;
  /** Milliseconds since 1970. */
  readonly now: number;
}

export interface SettledUpload {
  readonly upload: DecidedUpload;
  readonly result: SessionResult;
  readonly outcome: 'incomplete' | 'written' | EnqueueOutcome;
  readonly warnings: readonly string[];
}

/**
 * Decides everything known under one session key, and puts what is whole on its way: into the outbox, or
 * into a folder. The decision, the outbox entry and the mark "decided" are written together, so a crash
 * leaves either all of it or a session that is decided again. Not flushed by itself: until the job's own end is
 * durable a power cut makes the job settle again, and the delivery's key makes that harmless.
 */
export function settleSession(key: string, store: Store, options: SettleOptions): SettledUpload[] {
  return store.transaction('durable', () => {
    const uploads = decideUploads(key, store, options);
    const settled = uploads.map((upload) => settleUpload(upload, store, options));
    const awaitsLinks = uploads.some((upload) => upload.awaitsLinks);
    store.sessionRecords.markDecided(key, awaitsLinks);
    for (const { upload, outcome } of settled) {
      // Read again after its delivery: nobody will free these payloads later.
      if (outcome === 'already-delivered') {
        store.sessionRecords.discardPayloads(key, uploadKey(upload));
      }
    }
    return settled;
  });
}

function settleUpload(upload: DecidedUpload, store: Store, options: SettleOptions): SettledUpload {
  const known = store.sessionResults.ofUpload(upload.session, uploadKey(upload));
  const built = tryBuild(upload, store, options);
  const warnings = [...upload.warnings, ...built.warnings];
  if (built.upload.state === 'incomplete') {
    const result = sessionResultOf(built.upload, undefined, { file: null, delivered: false });
    store.sessionResults.save(result, uploadKey(upload), options.now);
    return { upload: built.upload, result, outcome: 'incomplete', warnings };
  }
  const key = keyOf(upload, options);
  if (built.file === undefined) {
    // Payloads are only given up after a delivery was acknowledged, so that delivery's result stands, also when
    // the owner closed the same session again since.
    if (known?.delivered === true) {
      return { upload, result: known, outcome: 'already-delivered', warnings };
    }
    const lost = { ...upload, state: 'incomplete' } as const;
    const result = sessionResultOf(lost, undefined, { file: null, delivered: false });
    const text = 'its chunks were given up after an earlier delivery; replay its slots';
    return { upload: lost, result, outcome: 'incomplete', warnings: [...warnings, text] };
  }
  const sent = send(upload, built.file, { key, store, options });
  const delivered = sent.outcome === 'already-delivered';
  const earlierFile = known?.sha256 === built.file.sha256 ? known.file : null;
  const where = { file: sent.path ?? (delivered ? earlierFile : null), delivered };
  const result = sessionResultOf(upload, built.file, where);
  store.sessionResults.save(result, uploadKey(upload), options.now);
  return { upload, result, outcome: sent.outcome, warnings };
}

interface Built {
  readonly upload: DecidedUpload;
  readonly file: BuiltFile | undefined;
  readonly warnings: readonly string[];
}

/** A file that is too large to build leaves its upload incomplete, with the reason; nothing else does. */
function tryBuild(upload: DecidedUpload, store: Store, options: SettleOptions): Built {
  if (upload.state === 'incomplete') return { upload, file: undefined, warnings: [] };
  try {
    const file = buildFile(upload, store, options);
    const doubt = file?.doubtful === true ? [`worth a look: ${file.reason}`] : [];
    return { upload, file, warnings: doubt };
  } catch (error) {
    if (!(error instanceof OperatingError)) throw error;
    return {
      upload: { ...upload, state: 'incomplete' },
      file: undefined,
      warnings: [errorText(error)],
    };
  }
}

interface Sending {
  readonly key: string;
  readonly store: Store;
  readonly options: SettleOptions;
}

function send(
  upload: DecidedUpload,
  file: BuiltFile,
  { key, store, options }: Sending,
): { readonly outcome: 'written' | EnqueueOutcome; readonly path: string | null } {
  if (options.outDir !== null) {
    return { outcome: 'written', path: writeOutFile(options.outDir, upload, file) };
  }
  const delivery = {
    ...{ key, target: options.target, upload: uploadKey(upload), job: options.job },
    facts: factsOf(upload, options.readerMode),
    payload: file.bytes,
  };
  return { outcome: store.outbox.enqueue(delivery, options.now), path: null };
}

function uploadKey(upload: DecidedUpload): string {
  return uploadKeyOf(upload.program, upload.sessionId);
}

function keyOf(upload: DecidedUpload, options: SettleOptions): string {
  return deliveryKeyOf(
    {
      session: upload.session,
      upload: uploadKey(upload),
      finalizeSignature: upload.finalizeSignature,
      decode: options.decode,
    },
    upload.parts.map((part) => part.digest),
  );
}

function factsOf(upload: DecidedUpload, readerMode: string): IngestFacts {
  return {
    session_pubkey: upload.session,
    session_id: upload.sessionId,
    total_chunks: upload.totalChunks ?? upload.chunkCount,
    chunk_count: upload.chunkCount,
    merkle_root: upload.merkleRoot,
    reader_mode: readerMode,
    first_slot: upload.firstSlot,
    last_slot: upload.lastSlot,
    finalize_slot: upload.finalizeSlot ?? upload.lastSlot,
    finalize_signature: upload.finalizeSignature,
    compression_method: upload.parts[0]?.method ?? null,
  };
}
