import type { FastifyInstance } from 'fastify';
import type { Metrics } from '../../src/ops/metrics.ts';
import type { ChildSnapshot } from '../child-spec.ts';
import type { ApiContext } from './api-context.ts';

export function addHealthRoutes(app: FastifyInstance, context: ApiContext): void {
  // The same bytes as ClickHouse's own `/ping`, so that one check serves both.
  app.get('/ping', (_, reply) => reply.type('text/plain; charset=utf-8').send('Ok.\n'));
  app.get('/healthz', () => ({ status: 'ok' }));
  app.get('/readyz', (_, reply) => {
    const ready = context.ready();
    return reply.code(ready ? 200 : 503).send({ status: ready ? 'ok' : 'starting' });
  });
  app.get('/health', () => {
    const children = context.children();
    const up = flatten(children).every(isUp);
    return {
      status: up && context.ready() ? 'ok' : 'degraded',
      children,
      outbox: context.store.outbox.counts(null),
      sessions: context.store.sessionResults.countByState(),
    };
  });
  app.get('/metrics', async (_, reply) => {
    setGauges(context.metrics, context);
    const { registry } = context.metrics;
    return reply.type(registry.contentType).send(await registry.metrics());
  });
}

function isUp(child: ChildSnapshot): boolean {
  return child.state === 'running' || child.state === 'finished';
}

function flatten(children: readonly ChildSnapshot[]): ChildSnapshot[] {
  return children.flatMap((child) => [child, ...flatten(child.children)]);
}

/** Gauges show the moment of the request; nothing keeps them up to date in between. */
function setGauges(metrics: Metrics, context: ApiContext): void {
  const { outbox, sessionResults } = context.store;
  const { waiting, dead } = outbox.counts(null);
  metrics.outboxEntries.set({ state: 'waiting' }, waiting);
  metrics.outboxEntries.set({ state: 'dead' }, dead);
  for (const [state, count] of Object.entries(sessionResults.countByState())) {
    metrics.sessions.set({ state }, count);
  }
  for (const child of flatten(context.children())) {
    metrics.childUp.set({ child: child.id }, isUp(child) ? 1 : 0);
    metrics.childRestarts.set({ child: child.id }, child.restarts);
    if (child.probeLatencyMs !== null) {
      metrics.probeSeconds.set({ child: child.id }, child.probeLatencyMs / 1000);
    }
  }
}
