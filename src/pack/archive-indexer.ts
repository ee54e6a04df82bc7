import { join } from 'node:path';
import { SLOTS_PER_EPOCH } from '../core/epoch.ts';
import { NODE_CID_BYTES } from '../decode/cid.ts';
import type { CarSection } from './car-writer.ts';
import { writeCompactIndex } from './compact-index.ts';
import { type IndexIdentity, type IndexKind, indexFileName } from './index-identity.ts';
import { writeSignatureSetIndex } from './signature-set-index.ts';
import { SpoolFile } from './spool-file.ts';

const SLOT_BYTES = 8;
const SIGNATURE_BYTES = 64;
const OFFSET_BYTES = 6;
const SIZE_BYTES = 3;

/**
 * Collects what the four lookup indexes hold while an archive is written or read, then writes them.
 * What it collects waits in files of `folder`, so memory does not grow with the archive.
 */
export class ArchiveIndexer {
  readonly #folder: string;
  readonly #sections: SpoolFile;
  readonly #signatures: SpoolFile;
  readonly #blocks: SpoolFile;

  constructor(folder: string) {
    this.#folder = folder;
    this.#sections = new SpoolFile(
      join(folder, 'sections.spool'),
      NODE_CID_BYTES + OFFSET_BYTES + SIZE_BYTES,
    );
    this.#signatures = new SpoolFile(
      join(folder, 'signatures.spool'),
      SIGNATURE_BYTES + NODE_CID_BYTES,
    );
    this.#blocks = new SpoolFile(join(folder, 'blocks.spool'), SLOT_BYTES + NODE_CID_BYTES);
  }

  addSection(section: CarSection): void {
    const place = Buffer.allocUnsafe(OFFSET_BYTES + SIZE_BYTES);
    place.writeUIntLE(section.offset, 0, OFFSET_BYTES);
    place.writeUIntLE(section.size, OFFSET_BYTES, SIZE_BYTES);
    this.#sections.append(section.cid, place);
  }

  addTransaction(firstSignature: Uint8Array, cid: Uint8Array): void {
    this.#signatures.append(firstSignature, cid);
  }

  addBlock(slot: number, cid: Uint8Array): void {
    const key = Buffer.allocUnsafe(SLOT_BYTES);
    key.writeBigUInt64LE(BigInt(slot));
    this.#blocks.append(key, cid);
  }

  /** Writes the four indexes into the folder and returns their file names. */
  finish(identity: IndexIdentity, signal: AbortSignal): string[] {
    const name = (kind: IndexKind): string => indexFileName(identity, kind);
    const compact = (
      kind: IndexKind,
      spool: SpoolFile,
      keyBytes: number,
      itemsExpected: number,
    ): string => {
      const path = join(this.#folder, name(kind));
      writeCompactIndex({ path, identity, kind, spool, keyBytes, itemsExpected }, signal);
      return name(kind);
    };
    const setPath = join(this.#folder, name('sig-exists'));
    writeSignatureSetIndex({ path: setPath, identity, signatures: this.#signatures }, signal);
    return [
      name('sig-exists'),
      compact('slot-to-cid', this.#blocks, SLOT_BYTES, SLOTS_PER_EPOCH),
      compact('cid-to-offset-and-size', this.#sections, NODE_CID_BYTES, this.#sections.count),
      compact('sig-to-cid', this.#signatures, SIGNATURE_BYTES, this.#signatures.count),
    ];
  }

  close(): void {
    this.#sections.close();
    this.#signatures.close();
    this.#blocks.close();
  }
}
