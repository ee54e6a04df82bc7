import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Job } from '../../src/store/jobs.ts';
import type { ApiContext } from './api-context.ts';
import { notFound, schemaFault, sendFault } from './api-error.ts';
import { openEventStream } from './event-stream.ts';
import { jobRequest } from './job-spec-schema.ts';
import { jobDetails, jobSummary } from './job-view.ts';
import { pageQuery } from './page-query.ts';

const jobParams = z.object({ id: z.string().regex(/^[0-9a-f]{1,64}$/, 'a job id is expected') });

/** @param closing aborts when the server closes: event streams then end instead of holding it up. */
export function addJobRoutes(
  app: FastifyInstance,
  context: ApiContext,
  closing: AbortSignal,
): void {
  const { jobs, store } = context;
  const withJob =
    (work: (job: Job, reply: FastifyReply) => unknown) =>
    (request: FastifyRequest, reply: FastifyReply) => {
      const params = jobParams.safeParse(request.params);
      if (!params.success) return sendFault(reply, schemaFault(params.error));
      const job = store.jobs.find(params.data.id);
      if (job === undefined) return sendFault(reply, notFound(`there is no job ${params.data.id}`));
      return work(job, reply);
    };
  app.get('/api/v1/jobs', (request, reply) => {
    const query = pageQuery.safeParse(request.query);
    if (!query.success) return sendFault(reply, schemaFault(query.error));
    const list = store.jobs.list(query.data.limit).map((job) => jobSummary(job, store));
    return reply.send({ jobs: list });
  });
  app.post('/api/v1/jobs', async (request, reply) => {
    const parsed = jobRequest.safeParse(request.body);
    if (!parsed.success) return sendFault(reply, schemaFault(parsed.error));
    const { spec, fresh } = parsed.data;
    const { jobId } = await jobs.submit(spec, { fresh });
    return reply.code(202).send({ id: jobId });
  });
  app.get(
    '/api/v1/jobs/:id',
    withJob((job, reply) => reply.send(jobDetails(job, store))),
  );
  app.post(
    '/api/v1/jobs/:id/cancel',
    withJob((job, reply) => {
      if (jobs.cancel(job.id)) return reply.code(202).send({ id: job.id });
      const message = `job ${job.id} is not running; its state is ${job.state}`;
      return sendFault(reply, { status: 409, error: 'NOT_RUNNING', message });
    }),
  );
  app.post(
    '/api/v1/jobs/:id/retry',
    withJob(async (job, reply) =>
      reply.code(202).send({ id: job.id, ...(await jobs.retry(job.id)) }),
    ),
  );
  app.get(
    '/api/v1/jobs/:id/events',
    withJob((job, reply) => streamEvents(job, reply, { context, closing })),
  );
}

interface StreamScope {
  readonly context: ApiContext;
  readonly closing: AbortSignal;
}

/** First the state of the job, then what happens, then `end` with the report; then the stream ends. */
function streamEvents(job: Job, reply: FastifyReply, { context, closing }: StreamScope): void {
  reply.hijack();
  const stream = openEventStream(reply.raw);
  stream.send('job', jobSummary(job, context.store));
  const stop = context.jobs.watch(job.id, {
    event: (event) => stream.send(event.type, event),
    end: (report) => {
      stream.send('end', report);
      stream.end();
    },
  });
  if (stop === undefined) {
    stream.send('end', null);
    stream.end();
    return;
  }
  const onClosing = () => stream.end();
  closing.addEventListener('abort', onClosing);
  void stream.closed.then(() => {
    closing.removeEventListener('abort', onClosing);
    stop();
  });
}
