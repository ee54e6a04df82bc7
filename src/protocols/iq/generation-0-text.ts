import { Buffer } from 'node:buffer';

/** Content types whose text is compressed ASCII art. Source: IQ6900's reader. */
const ART_TYPES: ReadonlySet<string> = new Set(['image', 'q_image', 'test_image']);
const ESCAPE = /\/u[0-9a-fA-F]{4}/g;
/** The escapes of one surrogate pair, or of one character that is no surrogate. */
const CHARACTER = /\/u(d[89ab][0-9a-f]{2})\/u(d[c-f][0-9a-f]{2})|\/u((?!d[89a-f])[0-9a-f]{4})/gi;

export interface Generation0File {
  readonly bytes: Buffer;
  /** True where the text is compressed art, which is kept as it stands: its dictionary is unpublished. */
  readonly compressedArt: boolean;
}

/**
 * The file of a generation 0 upload: its links' bytes one after another, with `/uXXXX` escapes
 * (UTF-16 units, as the uploader wrote them) turned into characters. An escape of half a surrogate
 * pair means no character and stays as it is.
 */
export function readGeneration0Text(text: Buffer, contentType: string | null): Generation0File {
  if (contentType !== null && ART_TYPES.has(contentType)) {
    return { bytes: text, compressedArt: true };
  }
  const escaped = text.toString('latin1');
  if (escaped.search(ESCAPE) < 0) return { bytes: text, compressedArt: false };
  // The bytes are read as Latin-1 so that everything but the escapes survives untouched.
  const bytes = escaped.replace(CHARACTER, (_match, high, low, single) => {
    const units = single === undefined ? [high, low] : [single];
    const character = String.fromCharCode(...units.map((unit) => Number.parseInt(unit, 16)));
    return Buffer.from(character, 'utf8').toString('latin1');
  });
  return { bytes: Buffer.from(bytes, 'latin1'), compressedArt: false };
}
