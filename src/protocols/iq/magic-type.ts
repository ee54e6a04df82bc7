import { Buffer } from 'node:buffer';

/**
 * File types known by their first bytes: those the SDK's writer detects (png, jpg, gif, pdf, zip,
 * webp, mp4) and a few more that people upload. Sources: the formats' specifications.
 */
const SIGNATURES: readonly (readonly [extension: string, offset: number, hex: string])[] = [
  ['png', 0, '89504e470d0a1a0a'],
  ['jpg', 0, 'ffd8ff'],
  ['gif', 0, '474946383761'],
  ['gif', 0, '474946383961'],
  ['pdf', 0, '255044462d'],
  ['zip', 0, '504b0304'],
  ['webp', 8, '57454250'],
  ['wav', 8, '57415645'],
  ['mp4', 4, '66747970'],
  ['gz', 0, '1f8b08'],
  ['ogg', 0, '4f676753'],
  ['flac', 0, '664c6143'],
  ['mp3', 0, '494433'],
  ['wasm', 0, '0061736d01000000'],
  ['woff2', 0, '774f4632'],
];

/** Extension without a dot, or undefined when the first bytes are nobody's. */
export function magicExtensionOf(bytes: Uint8Array): string | undefined {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 16));
  const text = head.toString('hex');
  return SIGNATURES.find(([, offset, hex]) => text.startsWith(hex, offset * 2))?.[0];
}
