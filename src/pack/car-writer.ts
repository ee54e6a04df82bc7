import { closeSync, fsyncSync, openSync } from 'node:fs';
import { NODE_CID_BYTES } from '../decode/cid.ts';
import { CborBytes } from './cbor-bytes.ts';
import { encodeVarint } from './encode-varint.ts';
import { nodeCid } from './node-cid.ts';
import { writeWhole } from './write-whole.ts';

/** Where a section stands; offset and size include its length prefix, as all indexes count. */
export interface CarSection {
  readonly cid: Buffer;
  readonly offset: number;
  readonly size: number;
}

/** Told about every section in file order. */
export type SectionListener = (section: CarSection) => void;

const BUFFER_BYTES = 1024 * 1024;

/** `{roots: [root], version: 1}` in dag-cbor behind its length: 59 bytes, as Old Faithful writes it. */
function carHeader(root: Uint8Array): Buffer {
  const map = Buffer.concat([
    Buffer.from([0xa2, 0x65]),
    Buffer.from('roots'),
    new CborBytes().begin().array(1).link(root).node,
    Buffer.from([0x67]),
    Buffer.from('version'),
    Buffer.from([0x01]),
  ]);
  return Buffer.concat([Buffer.from([map.length]), map]);
}

/**
 * Appends sections to a CAR v1 file through one buffer. Writing is synchronous: a pack job does
 * nothing else, and the caller gives way to the event loop between slots.
 * @throws the file system's error (disk full, read-only) from any method.
 */
export class CarWriter {
  readonly #file: number;
  readonly #buffer = Buffer.allocUnsafe(BUFFER_BYTES);
  readonly #onSection: SectionListener;
  #buffered = 0;
  #flushed = 0;
  #open = true;

  constructor(path: string, onSection: SectionListener) {
    this.#file = openSync(path, 'wx');
    this.#onSection = onSection;
    this.#append(carHeader(Buffer.alloc(NODE_CID_BYTES)));
  }

  /** Bytes written so far: the offset of the next section. */
  get length(): number {
    return this.#flushed + this.#buffered;
  }

  /** Appends one node and returns the CID that names it. The bytes are copied. */
  write(node: Uint8Array): Buffer {
    const offset = this.length;
    const cid = nodeCid(node);
    this.#append(encodeVarint(NODE_CID_BYTES + node.length));
    this.#append(cid);
    this.#append(node);
    this.#onSection({ cid, offset, size: this.length - offset });
    return cid;
  }

  /** Names the root in the header, makes everything durable and closes. */
  finish(root: Uint8Array): void {
    this.#flush();
    writeWhole(this.#file, carHeader(root), 0);
    fsyncSync(this.#file);
    this.close();
  }

  /** Closes without finishing; harmless after `finish`. */
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    closeSync(this.#file);
  }

  #append(bytes: Uint8Array): void {
    for (let from = 0; from < bytes.length; ) {
      if (this.#buffered === BUFFER_BYTES) this.#flush();
      const count = Math.min(bytes.length - from, BUFFER_BYTES - this.#buffered);
      this.#buffer.set(bytes.subarray(from, from + count), this.#buffered);
      this.#buffered += count;
      from += count;
    }
  }

  #flush(): void {
    writeWhole(this.#file, this.#buffer.subarray(0, this.#buffered), this.#flushed);
    this.#flushed += this.#buffered;
    this.#buffered = 0;
  }
}
