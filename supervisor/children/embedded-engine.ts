import { createRequire } from 'node:module';

/** The optional npm package that holds ClickHouse as a library; only Linux on x64 with glibc has one. */
export const ENGINE_PACKAGE = '@chdb/lib-linux-x64-gnu';

/** Absolute path of the engine's library, or null where the package was not installed. */
export function findEmbeddedEngine(): string | null {
  try {
    return createRequire(import.meta.url).resolve(`${ENGINE_PACKAGE}/libchdb.so`);
  } catch {
    return null;
  }
}
