import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import {
  type BackfillHint,
  formatBackfillHint,
  parseBackfillHint,
} from '../../src/protocols/iq/backfill-hint.ts';

/**
 * `missing_sessions.log`: one JSON line a session that lacks chunks. A session that was completed, or that lacks other
 * chunks now, loses its earlier line, so the file always says what is still to be looked for.
 */
export class HintLog {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  read(): BackfillHint[] {
    return this.#lines().flatMap((line) => parseBackfillHint(line) ?? []);
  }

  put(hint: BackfillHint): void {
    this.#write([...this.#linesWithout(hint.session), formatBackfillHint(hint)]);
  }

  remove(session: string): void {
    const lines = this.#lines();
    const kept = this.#linesWithout(session);
    if (kept.length < lines.length) this.#write(kept);
  }

  #lines(): string[] {
    if (!existsSync(this.#path)) return [];
    return readFileSync(this.#path, 'utf8')
      .split('\n')
      .filter((line) => line !== '');
  }

  #linesWithout(session: string): string[] {
    return this.#lines().filter((line) => parseBackfillHint(line)?.session !== session);
  }

  #write(lines: readonly string[]): void {
    const partial = `${this.#path}.partial`;
    writeFileSync(partial, lines.map((line) => `${line}\n`).join(''));
    renameSync(partial, this.#path);
  }
}
