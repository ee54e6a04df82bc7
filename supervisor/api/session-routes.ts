import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { z } from 'zod';
import type { IngestedFile } from '../../src/store/ingested.ts';
import type { ApiContext } from './api-context.ts';
import { notFound, schemaFault, sendFault } from './api-error.ts';
import { chainKey } from './ingest-schema.ts';
import { pageQuery } from './page-query.ts';

const listQuery = pageQuery.extend({
  state: z.enum(['complete', 'incomplete', 'recovered']).nullish().default(null),
});
const sessionParams = z.object({ pda: chainKey });
const fileQuery = z.object({
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .optional(),
});

export function addSessionRoutes(app: FastifyInstance, context: ApiContext): void {
  const { sessionResults, ingested } = context.store;
  app.get('/api/v1/sessions', (request, reply) => {
    const query = listQuery.safeParse(request.query);
    if (!query.success) return sendFault(reply, schemaFault(query.error));
    const sessions = sessionResults.list(query.data);
    const names = new Set(sessions.map((result) => result.session));
    const next = names.size === query.data.limit ? (sessions.at(-1)?.session ?? null) : null;
    return reply.send({ sessions, next });
  });
  app.get('/api/v1/sessions/:pda', (request, reply) => {
    const params = sessionParams.safeParse(request.params);
    if (!params.success) return sendFault(reply, schemaFault(params.error));
    const { pda } = params.data;
    const uploads = sessionResults.find(pda);
    const files = ingested
      .ofSession(pda)
      .map(({ file, sha256, bytes }) => ({ file, sha256, bytes }));
    if (uploads.length + files.length === 0) {
      return sendFault(reply, notFound(`nothing is known of session ${pda}`));
    }
    return reply.send({ session: pda, uploads, files });
  });
  app.get('/api/v1/sessions/:pda/file', async (request, reply) => {
    const params = sessionParams.safeParse(request.params);
    if (!params.success) return sendFault(reply, schemaFault(params.error));
    const query = fileQuery.safeParse(request.query);
    if (!query.success) return sendFault(reply, schemaFault(query.error));
    const { pda } = params.data;
    const { sha256 } = query.data;
    const file = sha256 === undefined ? ingested.ofSession(pda)[0] : ingested.find(pda, sha256);
    if (file === undefined) return sendFault(reply, notFound(`no file of session ${pda} is here`));
    return sendFile(reply, file, context.ingestDir);
  });
}

/** What uploaders wrote is never shown by a browser as a page of this address: it is downloaded. */
async function sendFile(reply: FastifyReply, file: IngestedFile, folder: string) {
  const path = join(folder, file.file);
  try {
    await stat(path);
  } catch {
    return sendFault(reply, notFound(`${file.file} is no longer in the ingest folder`));
  }
  return reply
    .headers({
      'content-type': 'application/octet-stream',
      'content-disposition': `attachment; filename="${file.file}"`,
      'content-length': String(file.bytes),
      'x-content-type-options': 'nosniff',
      etag: `"${file.sha256}"`,
    })
    .send(createReadStream(path));
}
