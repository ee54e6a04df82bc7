import assert from 'node:assert';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import Fastify, { type FastifyInstance } from 'fastify';
import type { Registry } from 'prom-client';
import { OperatingError } from '../../core/errors.ts';
import type { RecordsReadiness } from '../../model/records-status.ts';
import { createTokenCheck } from './internal-token.ts';

export interface RecordsServerOptions {
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** 0 takes any free one. */
  readonly port: number;
  /** Metrics are given only to those who send it as `X-Internal-Token`; null gives them to all. */
  readonly token: string | null;
  readonly registry: Registry;
  readonly readiness: () => Promise<RecordsReadiness>;
  /** An answer that takes longer counts as not ready. Default 5,000. */
  readonly readinessTimeoutMs?: number;
}

/** Open at once; more are turned away by the system. */
const CONNECTIONS_MAX = 64;

export interface RecordsServer {
  readonly port: number;
  close(): Promise<void>;
}

/**
 * Liveness, readiness and metrics of the indexer. Probes are never behind the token.
 * @throws {OperatingError} PORT_TAKEN, CONFIG (an address that is not of this machine).
 */
export async function startRecordsServer(options: RecordsServerOptions): Promise<RecordsServer> {
  const app = Fastify({
    logger: false,
    forceCloseConnections: true,
    requestTimeout: 15_000,
    keepAliveTimeout: 60_000,
  });
  app.server.maxConnections = CONNECTIONS_MAX;
  app.get('/health', () => ({ status: 'healthy' }));
  app.get('/readyz', async (_request, reply) => {
    const { code, body } = await askReadiness(options);
    return reply.code(code).send(body);
  });
  addMetrics(app, options);
  app.setErrorHandler((_error, _request, reply) => reply.code(500).send({ error: 'internal' }));
  const host = options.host ?? '127.0.0.1';
  await listen(app, host, options.port);
  const { port } = app.server.address() as AddressInfo;
  return { port, close: () => app.close() };
}

function addMetrics(app: FastifyInstance, options: RecordsServerOptions): void {
  assert(options.token !== '', 'an empty token would look like protection');
  const mayRead = options.token === null ? () => true : createTokenCheck(options.token);
  app.get('/internal/indexer/metrics', async (request, reply) => {
    if (!mayRead(request.headers['x-internal-token'])) {
      return reply.code(403).type('text/plain; charset=utf-8').send('Forbidden');
    }
    const text = await options.registry.metrics();
    return reply.type(options.registry.contentType).send(text);
  });
}

/** Messages of errors may name addresses with passwords in them; only their codes are given away. */
async function askReadiness(
  options: RecordsServerOptions,
): Promise<{ code: number; body: object }> {
  const over = new AbortController();
  const late = delay(options.readinessTimeoutMs ?? 5_000, 'late' as const, { signal: over.signal });
  late.catch(() => undefined);
  try {
    const answer = await Promise.race([options.readiness(), late]);
    if (answer === 'late') return { code: 503, body: { ready: false, error: 'TIMEOUT' } };
    return { code: answer.ready ? 200 : 503, body: answer };
  } catch (error) {
    if (!(error instanceof OperatingError)) throw error;
    return { code: 503, body: { ready: false, error: error.code } };
  } finally {
    over.abort();
  }
}

async function listen(app: FastifyInstance, host: string, port: number): Promise<void> {
  try {
    await app.listen({ host, port });
  } catch (error) {
    await app.close();
    const taken = (error as NodeJS.ErrnoException).code === 'EADDRINUSE';
    throw new OperatingError(
      taken ? 'PORT_TAKEN' : 'CONFIG',
      `listening on ${host}:${port} for the metrics of the records indexer: expected a free port of this machine, got ${String(error)}; METRICS_PORT chooses another one`,
      { retryable: taken, fields: { host, port }, cause: error },
    );
  }
}
