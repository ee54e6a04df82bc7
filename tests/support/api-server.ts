import { join } from 'node:path';
import type { TestContext } from 'node:test';
import pino from 'pino';
import { OperatingError } from '../../src/core/errors.ts';
import { createMetrics } from '../../src/ops/metrics.ts';
import type { ApiContext, JobsPort } from '../../supervisor/api/api-context.ts';
import { type ApiOptions, startApi } from '../../supervisor/api/api-server.ts';
import { tempFolder, tempStore } from './temp-store.ts';

export const NO_JOBS: JobsPort = {
  submit: () => Promise.reject(new Error('no jobs in this test')),
  cancel: () => false,
  retry: () => Promise.resolve({ slots: 0, deliveries: 0 }),
  watch: () => undefined,
};

export function noPools(): never {
  throw new OperatingError('CHILD_FAILED', 'ClickHouse is not running', { retryable: true });
}

export const API_OPTIONS: ApiOptions = {
  host: '127.0.0.1',
  port: 0,
  token: null,
  bodyBytesMax: 2 ** 20,
  requestTimeoutMs: 10_000,
};

export interface TestApi {
  readonly base: string;
  readonly context: ApiContext;
  /** A request whose answer is read to its end. */
  ask(
    path: string,
    init?: RequestInit,
  ): Promise<{ status: number; text: string; headers: Headers }>;
  /** Posts JSON and parses what comes back. */
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<Answer>;
  close(): Promise<void>;
}

export interface Answer {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape.
  readonly json: any;
}

/** The real API over a real store, on a free port. */
export async function startTestApi(
  t: TestContext,
  changes: Partial<ApiContext> = {},
  options: Partial<ApiOptions> = {},
): Promise<TestApi> {
  const context: ApiContext = {
    store: tempStore(t),
    metrics: createMetrics(),
    logger: pino({ level: 'silent' }),
    jobs: NO_JOBS,
    pools: noPools,
    children: () => [],
    ready: () => true,
    now: () => 1_700_000_000_000,
    ingestDir: join(tempFolder(t), 'ingest_cache'),
    ...changes,
  };
  const api = await startApi({ ...API_OPTIONS, ...options }, context);
  const close = () => api.close(AbortSignal.timeout(2000));
  t.after(close);
  const base = `http://127.0.0.1:${api.port}`;
  const ask: TestApi['ask'] = async (path, init) => {
    const response = await fetch(base + path, init);
    return { status: response.status, text: await response.text(), headers: response.headers };
  };
  const post: TestApi['post'] = async (path, body, headers = {}) => {
    const { status, text } = await ask(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
    return { status, json: JSON.parse(text) };
  };
  return { base, context, ask, post, close };
}
