/** A bucket of a Prometheus histogram: how many samples are at most `le` seconds. */
export interface Bucket {
  readonly le: number;
  readonly count: number;
}

/** The buckets of one histogram in the text of a metrics endpoint, in order. */
export function bucketsOf(text: string, name: string): Bucket[] {
  const lines = text.matchAll(new RegExp(`^${name}_bucket\\{le="([^"]+)"\\} (\\d+)$`, 'gm'));
  return [...lines].map(([, le = '', count = '']) => ({
    le: le === '+Inf' ? Number.POSITIVE_INFINITY : Number(le),
    count: Number(count),
  }));
}

/** As `histogram_quantile` of Prometheus: samples are taken to lie evenly inside a bucket. NaN without samples. */
export function quantileOf(buckets: readonly Bucket[], quantile: number): number {
  const rank = quantile * (buckets.at(-1)?.count ?? 0);
  let below: Bucket = { le: 0, count: 0 };
  for (const bucket of buckets) {
    if (bucket.count >= rank && bucket.count > below.count) {
      const share = (rank - below.count) / (bucket.count - below.count);
      return Number.isFinite(bucket.le) ? below.le + (bucket.le - below.le) * share : below.le;
    }
    below = bucket;
  }
  return Number.NaN;
}
