import { appendFileSync } from 'node:fs';
import { armCrashPoint, isCrashPoint } from '../../../src/ops/crash-point.ts';
import { buildCandles } from '../../../src/pipelines/candles/build-candles.ts';
import { ClickhouseClient } from '../../../src/sinks/clickhouse-client.ts';
import { statsClickhouse } from '../clickhouse-database.ts';

/**
 * Process for crash tests: `build-candles.ts DSN DATABASE FILE POINT PASS` builds all candles and appends what is
 * handed on to the file, one JSON object a line with bigints as texts. POINT `none` crashes nowhere.
 */
const [, , dsn = '', database = '', file = '', point = 'none', pass = '1'] = process.argv;
if (isCrashPoint(point)) armCrashPoint(point, Number(pass));
const client = new ClickhouseClient({ ...statsClickhouse(dsn, database), random: Math.random });
const { signal } = new AbortController();
await buildCandles(
  {
    ...{ client, mode: 'all', latenessSeconds: 30, windowsPerPage: 3 },
    publish: async (candles) => {
      for (const candle of candles) {
        const text = (_: string, value: unknown): unknown =>
          typeof value === 'bigint' ? `${value}n` : value;
        appendFileSync(file, `${JSON.stringify(candle, text)}\n`);
      }
    },
  },
  signal,
);
await client.close();
