import { randomUUID } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { ApiContext } from './api-context.ts';
import { schemaFault, sendFault } from './api-error.ts';
import { chainKey } from './ingest-schema.ts';
import { pageQuery } from './page-query.ts';

const newUpload = z.object({
  id: z
    .string()
    .regex(/^[\w.-]{1,100}$/, 'up to 100 letters, digits, dots, dashes and underscores')
    .optional(),
  name: z.string().min(1).max(500),
  sessions: z.array(chainKey).min(1).max(10_000),
});

/** Files that clients expect: registered here, completed when the ingest backend got their sessions. */
export function addUploadRoutes(app: FastifyInstance, context: ApiContext): void {
  app.post('/api/v1/uploads', (request, reply) => {
    const parsed = newUpload.safeParse(request.body);
    if (!parsed.success) return sendFault(reply, schemaFault(parsed.error));
    const { id = randomUUID(), name, sessions } = parsed.data;
    return reply
      .code(201)
      .send(context.store.uploads.register({ id, name, sessions }, context.now()));
  });
  app.get('/api/v1/uploads', (request, reply) => {
    const query = pageQuery.safeParse(request.query);
    if (!query.success) return sendFault(reply, schemaFault(query.error));
    const { after, limit } = query.data;
    const uploads = context.store.uploads.list(after, limit);
    const next = uploads.length === limit ? (uploads.at(-1)?.id ?? null) : null;
    return reply.send({ uploads, next });
  });
}
