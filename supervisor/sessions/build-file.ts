import { hash } from 'node:crypto';
import { OperatingError } from '../../src/core/errors.ts';
import type { DecodeChoice, DecodeRule } from '../../src/model/session-result.ts';
import { joinPayloads, joinSession, type UploadPiece } from '../../src/protocols/iq/decode-rule.ts';
import { readGeneration0Text } from '../../src/protocols/iq/generation-0-text.ts';
import type { Store } from '../../src/store/store.ts';
import type { DecidedUpload } from './decided-upload.ts';

export interface BuiltFile {
  readonly bytes: Buffer;
  readonly sha256: string;
  readonly decode: DecodeRule;
  /** Why it was decoded that way. */
  readonly reason: string;
  readonly doubtful: boolean;
}

export interface BuildOptions {
  readonly decode: DecodeChoice;
  readonly bytesMax: number;
}

/**
 * Joins an upload's chosen payloads into its file, or undefined when a payload is gone because the
 * upload was delivered before.
 * @throws {OperatingError} RECORD_TOO_LARGE when the payloads exceed `bytesMax`.
 */
export function buildFile(
  upload: DecidedUpload,
  store: Store,
  options: BuildOptions,
): BuiltFile | undefined {
  if (upload.payloadBytes > options.bytesMax) {
    throw new OperatingError(
      'RECORD_TOO_LARGE',
      `rebuilding ${upload.session}: expected at most ${options.bytesMax} bytes of chunks, found ${upload.payloadBytes}; raise MILLRACE_SESSION_BYTES_MAX to have it`,
      { retryable: false, fields: { session: upload.session } },
    );
  }
  const pieces: UploadPiece[] = [];
  for (const { record, method } of upload.parts) {
    const payload = typeof record === 'number' ? store.sessionRecords.payload(record) : record;
    if (payload === undefined) return undefined;
    pieces.push({ payload, method });
  }
  const { bytes, ...joined } = joinPieces(pieces, upload, options.decode);
  return { bytes, sha256: hash('sha256', bytes), ...joined };
}

function joinPieces(
  pieces: readonly UploadPiece[],
  upload: DecidedUpload,
  choice: DecodeChoice,
): Omit<BuiltFile, 'sha256'> {
  if (upload.generation !== '0' || choice !== 'auto') {
    const { generation, filetype } = upload;
    return joinSession(pieces, { generation, filetype, choice });
  }
  const text = readGeneration0Text(joinPayloads(pieces), upload.contentType);
  const reason = text.compressedArt
    ? 'generation 0 art, kept compressed: its dictionary is unpublished'
    : 'generation 0 text with its escapes read';
  return { bytes: text.bytes, decode: 'none', reason, doubtful: text.compressedArt };
}
