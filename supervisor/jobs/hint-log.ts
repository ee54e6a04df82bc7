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

  /** Takes away what was said about `sessions` and adds `hints`; a file that would stay the same is left alone. */
  update(sessions: ReadonlySet<string>, hints: readonly BackfillHint[]): void {
    const lines = this.#lines();
    const kept = lines.filter((line) => !sessions.has(parseBackfillHint(line)?.session ?? ''));
    const next = [...kept, ...hints.map(formatBackfillHint)];
    if (next.join('\n') !== lines.join('\n')) this.#write(next);
  }

  #lines(): string[] {
    if (!existsSync(this.#path)) return [];
    return readFileSync(this.#path, 'utf8')
      .split('\n')
      .filter((line) => line !== '');
  }

  #write(lines: readonly string[]): void {
    const partial = `${this.#path}.partial`;
    writeFileSync(partial, lines.map((line) => `${line}\n`).join(''));
    renameSync(partial, this.#path);
  }
}
