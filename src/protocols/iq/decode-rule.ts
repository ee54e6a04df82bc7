import { Buffer } from 'node:buffer';
import type { IqGeneration } from '../../model/iq-record.ts';
import type { DecodeChoice, DecodeRule } from '../../model/session-result.ts';
import { decodeCanonicalBase64 } from './canonical-base64.ts';
import { magicExtensionOf } from './magic-type.ts';

/** One piece of an upload, in file order. */
export interface UploadPiece {
  readonly payload: Uint8Array;
  readonly method: number;
}

export interface JoinRule {
  readonly generation: IqGeneration;
  /** The uploader's word for the type of the file, or null where there is none. */
  readonly filetype: string | null;
  readonly choice: DecodeChoice;
}

export interface JoinedFile {
  readonly bytes: Buffer;
  readonly decode: DecodeRule;
  /** Why this rule was taken, for the user. */
  readonly reason: string;
  /**
   * True where readers in the field make different files of these chunks, or where base64 was
   * expected and the text is none: the bytes are worth a look.
   */
  readonly doubtful: boolean;
}

/**
 * Joins the pieces as bytes and undoes base64 by an explicit rule; nothing on the chain says
 * whether a text is base64. Pieces of other generations than 1 are one text. In generation 1
 * method 0 means base64 (in 1L every chunk, as its readers ignore the method) and other methods,
 * whose meaning is unpublished, are bytes as they stand.
 */
export function joinSession(pieces: readonly UploadPiece[], rule: JoinRule): JoinedFile {
  if (rule.choice === 'none') return raw(joinPayloads(pieces), 'asked for the text as it stands');
  if (rule.generation === '1P' || rule.generation === '1L') return joinGeneration1(pieces, rule);
  const text = joinPayloads(pieces);
  const decoded = decodeCanonicalBase64(text);
  if (decoded === undefined) {
    const doubtful = rule.choice === 'base64';
    return { ...raw(text, 'the text is not canonical base64'), doubtful };
  }
  if (rule.choice === 'base64') return base64(decoded, 'asked for base64');
  if (rule.generation === '0') return raw(text, 'generation 0 stores text');
  const extension = magicExtensionOf(decoded);
  if (extension !== undefined) {
    return base64(decoded, `canonical base64 of what begins like a ${extension} file`);
  }
  // Short words are canonical base64 by chance, so a text without any type is left alone.
  if (rule.filetype === null) return raw(text, 'base64 letters, but neither type nor magic bytes');
  if (/^\s*text\//i.test(rule.filetype)) return raw(text, 'declared as text');
  return base64(decoded, 'canonical base64 of what is not declared as text');
}

/** The pieces' bytes one after another. */
export function joinPayloads(pieces: readonly UploadPiece[]): Buffer {
  return Buffer.concat(pieces.map(({ payload }) => payload));
}

/**
 * Two readers disagree here: iq-plugin decodes every chunk alone, IQDBWebsite joins first. Where
 * both readings are possible they give the same bytes (padding can only be at the very end), so
 * doubt remains only where exactly one of them works or none does.
 */
function joinGeneration1(pieces: readonly UploadPiece[], rule: JoinRule): JoinedFile {
  const isText = ({ method }: UploadPiece) =>
    method === 0 || rule.generation === '1L' || rule.choice === 'base64';
  const texts = pieces.filter(isText);
  if (texts.length === 0) {
    const empty = pieces.length === 0;
    return raw(joinPayloads(pieces), empty ? 'no chunks' : 'methods other than 0 store raw bytes');
  }
  const decoded = texts.map(({ payload }) => decodeCanonicalBase64(payload));
  if (decoded.every((bytes) => bytes !== undefined)) {
    let next = 0;
    const parts = pieces.map(
      (piece) => (isText(piece) ? decoded[next++] : undefined) ?? piece.payload,
    );
    const mixed = texts.length < pieces.length;
    const reason = mixed ? 'base64 in every chunk of method 0' : 'base64 in every chunk';
    return { ...base64(Buffer.concat(parts), reason), doubtful: mixed };
  }
  const whole =
    texts.length === pieces.length ? decodeCanonicalBase64(joinPayloads(pieces)) : undefined;
  if (whole !== undefined) {
    return { ...base64(whole, 'base64 of the whole text, cut anywhere'), doubtful: true };
  }
  const reason = 'method 0, but neither the chunks nor the whole text are base64';
  return { ...raw(joinPayloads(pieces), reason), doubtful: true };
}

function raw(bytes: Buffer, reason: string): JoinedFile {
  return { bytes, decode: 'none', reason, doubtful: false };
}

function base64(bytes: Buffer, reason: string): JoinedFile {
  return { bytes, decode: 'base64', reason, doubtful: false };
}
