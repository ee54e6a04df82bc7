import type { Registry } from 'prom-client';

const words = new Set(
  'and or unless by without on ignoring group_left group_right offset bool inf nan'.split(' '),
);

/** Names of the metrics in a PromQL expression: what is left without functions, labels, strings and ranges. */
export function metricNames(expr: string): string[] {
  const bare = expr
    .replace(/"(?:[^"\\]|\\.)*"/g, '')
    .replace(/\{[^}]*\}/g, ' ')
    .replace(/\[[^\]]*\]/g, ' ')
    .replace(/\b(by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)/g, ' ');
  const names = bare.matchAll(/(?<![\w$.:])[a-zA-Z_:][\w:]*(?!\w*\s*\()/g);
  return [...names].map(([name]) => name).filter((name) => !words.has(name.toLowerCase()));
}

/** Names under which the metrics of a registry can be asked for. */
export async function seriesNames(registry: Registry): Promise<Set<string>> {
  const metrics = await registry.getMetricsAsJSON();
  const names = metrics.flatMap(({ name, type }) =>
    String(type) === 'histogram' ? ['_bucket', '_sum', '_count'].map((end) => name + end) : [name],
  );
  return new Set(names);
}
