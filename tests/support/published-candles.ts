import assert from 'node:assert/strict';
import type { Candle } from '../../src/model/candle.ts';

/** Revisions that were handed on, and a check that none was left out and none came with two contents. */
export class PublishedCandles {
  readonly byRevision = new Map<string, Candle>();
  readonly latest = new Map<string, Candle>();

  readonly take = async (candles: readonly Candle[]): Promise<void> => {
    for (const candle of candles) this.add(candle);
  };

  add(candle: Candle): void {
    const key = windowOf(candle);
    const earlier = this.byRevision.get(`${key},${candle.revision}`);
    if (earlier !== undefined) assert.deepEqual(candle, earlier, 'a revision with two contents');
    const before = this.latest.get(key)?.revision ?? 0;
    assert.ok(candle.revision === before + 1 || earlier !== undefined, 'a revision was left out');
    this.byRevision.set(`${key},${candle.revision}`, candle);
    this.latest.set(key, candle);
  }

  latestOf(candle: Candle): Candle | undefined {
    return this.latest.get(windowOf(candle));
  }
}

function windowOf({ timeframe, pool, baseMint, quoteMint, start }: Candle): string {
  return [timeframe, pool, baseMint, quoteMint, start].join();
}
