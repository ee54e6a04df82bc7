/**
 * The supervisor's HTTP face on loopback: health, metrics, jobs, sessions, pools, expected uploads and
 * the ingest backend. It holds no state of its own; what it needs comes in as `ApiContext`.
 */
import type { AddressInfo } from 'node:net';
import Fastify, { type FastifyInstance } from 'fastify';
import { maskAddresses } from '../../src/ops/mask-secrets.ts';
import { portTaken } from '../port-claim.ts';
import type { ApiContext } from './api-context.ts';
import { faultOf, notFound, sendFault } from './api-error.ts';
import { assertGuarded, guardFault } from './api-guard.ts';
import { sweepDrafts } from './atomic-file.ts';
import { addHealthRoutes } from './health-routes.ts';
import { addIngestRoute } from './ingest-route.ts';
import { addJobRoutes } from './job-routes.ts';
import { addPoolRoutes } from './pool-routes.ts';
import { addSessionRoutes } from './session-routes.ts';
import { addUploadRoutes } from './upload-routes.ts';

export interface ApiOptions {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** Bearer token, or null for none, which only loopback allows. */
  readonly token: string | null;
  /** Largest request body in bytes; a file takes 4/3 of its size. */
  readonly bodyBytesMax: number;
  /** Longest time a client may take to send a request. */
  readonly requestTimeoutMs: number;
}

export interface Api {
  readonly port: number;
  /** Ends open event streams, lets other requests finish until `signal` aborts, then closes. */
  close(signal: AbortSignal): Promise<void>;
}

/** Open connections at once; more are turned away by the system. */
const CONNECTIONS_MAX = 512;

/**
 * @throws {OperatingError} CONFIG when it would listen beyond loopback without a token, PORT_TAKEN
 * when somebody else has the port.
 */
export async function startApi(options: ApiOptions, context: ApiContext): Promise<Api> {
  assertGuarded(options.host, options.token);
  await sweepDrafts(context.ingestDir);
  const closing = new AbortController();
  const app = buildApp(options, context, closing.signal);
  await listen(app, options);
  return {
    port: (app.server.address() as AddressInfo).port,
    close: async (signal) => {
      closing.abort();
      const cut = () => app.server.closeAllConnections();
      if (signal.aborted) cut();
      signal.addEventListener('abort', cut, { once: true });
      await app.close();
      signal.removeEventListener('abort', cut);
    },
  };
}

function buildApp(options: ApiOptions, context: ApiContext, closing: AbortSignal): FastifyInstance {
  const { token, bodyBytesMax: bodyLimit, requestTimeoutMs: requestTimeout } = options;
  const app = Fastify({ logger: false, bodyLimit, requestTimeout, forceCloseConnections: 'idle' });
  app.server.maxConnections = CONNECTIONS_MAX;
  app.removeContentTypeParser('text/plain');
  app.addHook('onRequest', async (request, reply) => {
    const fault = guardFault(request, token);
    return fault === undefined ? undefined : sendFault(reply, fault);
  });
  // Errors and specs name addresses, and those may carry keys.
  app.addHook('onSend', async (_request, _reply, payload) =>
    typeof payload === 'string' ? maskAddresses(payload) : payload,
  );
  app.setNotFoundHandler((request, reply) =>
    sendFault(reply, notFound(`there is no ${request.method} ${request.url.split('?', 1)[0]}`)),
  );
  app.setErrorHandler((error, request, reply) => {
    const fault = faultOf(error);
    if (fault.status >= 500) {
      context.logger.error({ err: error, method: request.method, url: request.url }, fault.message);
    }
    return sendFault(reply, fault);
  });
  addHealthRoutes(app, context);
  addIngestRoute(app, context);
  addUploadRoutes(app, context);
  addSessionRoutes(app, context);
  addPoolRoutes(app, context);
  addJobRoutes(app, context, closing);
  return app;
}

async function listen(app: FastifyInstance, options: ApiOptions): Promise<void> {
  const { host, port } = options;
  try {
    await app.listen({ host, port });
  } catch (error) {
    await app.close();
    const remedy = 'end that process or choose another port with MILLRACE_API_PORT';
    throw portTaken({ host, port, purpose: 'the API', remedy }, error);
  }
}
