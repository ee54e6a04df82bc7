import { readFileSync } from 'node:fs';

/** The part of a WebAssembly memory that we use; `buffer` is another object after every growth. */
export interface WasmMemory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}

interface WasmGlobal {
  readonly WebAssembly: {
    readonly Module: new (bytes: Uint8Array) => object;
    readonly Instance: new (module: object) => { readonly exports: unknown };
  };
}

/** WebAssembly's unit of memory, in bytes (WebAssembly core specification 1.0, 4.2.8). */
const PAGE_BYTES = 65_536;

/** Node's types do not name the global, so the few members in use are named here. */
const { WebAssembly } = globalThis as unknown as WasmGlobal;
const modules = new Map<string, object>();

/**
 * A fresh instance, with its own memory, of `<name>.wasm` in this folder. Compiled once a thread.
 * The module is our own and imports nothing; `Exports` must be what its source exports.
 */
export function instantiateWasm<Exports>(name: 'sha256' | 'zstd'): Exports {
  let module = modules.get(name);
  if (module === undefined) {
    module = new WebAssembly.Module(readFileSync(new URL(`./${name}.wasm`, import.meta.url)));
    modules.set(name, module);
  }
  return new WebAssembly.Instance(module).exports as Exports;
}

/** Makes the memory hold at least `bytes` bytes. Addresses stay; views made before are dead. */
export function growMemory(memory: WasmMemory, bytes: number): void {
  const missing = bytes - memory.buffer.byteLength;
  if (missing > 0) memory.grow(Math.ceil(missing / PAGE_BYTES));
}
