import Fastify from 'fastify';
import type { Registry } from 'prom-client';
import { OperatingError } from '../../core/errors.ts';
import type { SinkStatus } from '../../model/sink-status.ts';

export interface SinkServerOptions {
  readonly port: number;
  readonly registry: Registry;
  readonly status: () => Promise<SinkStatus>;
  /** Asks for candles of all that ClickHouse holds now. */
  readonly askCandles: () => void;
}

export interface SinkServer {
  close(): Promise<void>;
}

/** How the sink does, for the supervisor and whoever is on this machine; loopback only. */
export async function startSinkServer(options: SinkServerOptions): Promise<SinkServer> {
  const app = Fastify({ logger: false, forceCloseConnections: true });
  app.get('/healthz', () => ({ status: 'ok' }));
  app.get('/status', () => options.status());
  app.post('/candles', async (_request, reply) => {
    options.askCandles();
    return reply.code(202).send(await options.status());
  });
  app.get('/metrics', async (_request, reply) => {
    const text = await options.registry.metrics();
    return reply.type(options.registry.contentType).send(text);
  });
  app.setErrorHandler((error, _request, reply) => {
    const passing = error instanceof OperatingError && error.retryable;
    return reply.code(passing ? 503 : 500).send({ error: String(error) });
  });
  await app.listen({ host: '127.0.0.1', port: options.port });
  return { close: () => app.close() };
}
