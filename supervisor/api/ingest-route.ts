import type { FastifyInstance } from 'fastify';
import type { ApiContext } from './api-context.ts';
import { sendFault } from './api-error.ts';
import { receiveIngest } from './ingest-backend.ts';
import { parseIngestPost } from './ingest-schema.ts';

const KEY_CHARACTERS_MAX = 200;

export function addIngestRoute(app: FastifyInstance, context: ApiContext): void {
  app.post('/api/v2/inscribe/ingest', async (request, reply) => {
    const key = request.headers['idempotency-key'] ?? null;
    if (key !== null && (typeof key !== 'string' || key.length > KEY_CHARACTERS_MAX)) {
      const message = `the Idempotency-Key is longer than ${KEY_CHARACTERS_MAX} characters`;
      return sendFault(reply, { status: 400, error: 'INVALID', message });
    }
    const post = parseIngestPost(request.body);
    if ('error' in post) return sendFault(reply, post);
    const received = await receiveIngest(post, key, context);
    if ('error' in received) return sendFault(reply, received);
    return reply.type('application/json').send(received.reply);
  });
  app.addHook('onResponse', async (request, reply) => {
    if (request.routeOptions.url !== '/api/v2/inscribe/ingest') return;
    context.metrics.ingestRequests.inc({ status: String(reply.statusCode) });
  });
}
