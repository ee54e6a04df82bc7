import { apiAddressOf } from '../config/api-address.ts';
import type { Config } from '../config/config.ts';
import { type ErrorCode, errorText, OperatingError } from '../core/errors.ts';
import type { JobEvent, JobReport, JobReportOf, JobSpec } from '../model/job.ts';
import type { JobClient } from './job-client.ts';
import { reportOf } from './report-of.ts';

/** A supervisor on this machine answers within milliseconds or not at all. */
const PROBE_TIMEOUT_MS = 1000;

/** Talks to the API of a running supervisor. */
export class RemoteSupervisor implements JobClient {
  readonly where: string;
  readonly #base: string;
  readonly #headers: Record<string, string>;

  constructor(config: Config) {
    this.#base = apiAddressOf(config);
    this.where = `the running supervisor at ${this.#base}`;
    this.#headers = config.apiToken === null ? {} : { authorization: `Bearer ${config.apiToken}` };
  }

  /**
   * True when a Millrace supervisor answers; anything else on the port is not one.
   * @throws {OperatingError} CONFIG when it is one that wants another token.
   */
  async answers(signal: AbortSignal): Promise<boolean> {
    try {
      const deadline = AbortSignal.any([signal, AbortSignal.timeout(PROBE_TIMEOUT_MS)]);
      const reply = await this.get('/health', deadline);
      return typeof reply === 'object' && reply !== null && 'children' in reply;
    } catch (error) {
      if (error instanceof OperatingError && error.code === 'CONFIG') throw error;
      return false;
    }
  }

  /** @throws {OperatingError} with the API's reason for any answer but 2xx. */
  async get(path: string, signal: AbortSignal): Promise<unknown> {
    return this.#request(path, { headers: this.#headers }, signal);
  }

  async post(path: string, body: unknown, signal: AbortSignal): Promise<unknown> {
    const headers = { ...this.#headers, 'content-type': 'application/json' };
    return this.#request(path, { method: 'POST', headers, body: JSON.stringify(body) }, signal);
  }

  async run<S extends JobSpec>(
    spec: S,
    options: { readonly fresh: boolean; readonly onEvent: (event: JobEvent) => void },
    signal: AbortSignal,
  ): Promise<JobReportOf<S>> {
    const body = { spec, fresh: options.fresh };
    const { id } = (await this.post('/api/v1/jobs', body, signal)) as { id: string };
    const report = await this.#follow(id, options.onEvent, signal);
    if (report !== null) return reportOf(spec, report);
    const job = (await this.get(`/api/v1/jobs/${id}`, signal)) as EndedJob;
    const { error } = job;
    const message = error?.message ?? `job ${id} ended as ${job.state} without a report`;
    throw new OperatingError(error?.code ?? 'CANCELLED', message, { retryable: false });
  }

  async close(): Promise<void> {
    // The supervisor stays; every request had its own connection.
  }

  async #follow(
    id: string,
    onEvent: (event: JobEvent) => void,
    signal: AbortSignal,
  ): Promise<JobReport | null> {
    const reply = await this.#fetch(
      `/api/v1/jobs/${id}/events`,
      { headers: this.#headers },
      signal,
    );
    if (reply.body === null) return null;
    for await (const { name, data } of serverEvents(reply.body)) {
      if (name === 'end') return data as JobReport | null;
      if (name !== 'job') onEvent(data as JobEvent);
    }
    return null;
  }

  async #request(path: string, init: RequestInit, signal: AbortSignal): Promise<unknown> {
    const reply = await this.#fetch(path, init, signal);
    const text = await reply.text();
    const parsed: unknown = text.startsWith('{') || text.startsWith('[') ? JSON.parse(text) : text;
    if (reply.ok) return parsed;
    const { error, message } = parsed as { error?: ErrorCode | 'TOKEN'; message?: string };
    if (error === 'TOKEN') throw this.#wrongToken();
    throw new OperatingError(
      error ?? 'CHILD_FAILED',
      message ?? `${path}: expected a 2xx answer, received ${reply.status}`,
      { retryable: reply.status >= 500 },
    );
  }

  #wrongToken(): OperatingError {
    const message = `asking ${this.where}: expected to be let in, but it wants another token; set MILLRACE_API_TOKEN to the one it was started with`;
    return new OperatingError('CONFIG', message, { retryable: false });
  }

  async #fetch(path: string, init: RequestInit, signal: AbortSignal): Promise<Response> {
    try {
      return await fetch(`${this.#base}${path}`, { ...init, signal });
    } catch (error) {
      signal.throwIfAborted();
      throw new OperatingError('CHILD_FAILED', `asking ${this.#base}${path}: ${errorText(error)}`, {
        retryable: true,
        cause: error,
      });
    }
  }
}

interface EndedJob {
  readonly state: string;
  readonly error: { readonly code: ErrorCode; readonly message: string } | null;
}

/** Server-sent events of one stream: `event:` and `data:` lines, a blank line between two events. */
async function* serverEvents(
  body: ReadableStream<Uint8Array>,
): AsyncGenerator<{ readonly name: string; readonly data: unknown }> {
  let text = '';
  for await (const part of body.pipeThrough(new TextDecoderStream())) {
    text += part;
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const lines = text.slice(0, end).split('\n');
      text = text.slice(end + 2);
      const name = lines.find((line) => line.startsWith('event: '))?.slice(7);
      const data = lines.find((line) => line.startsWith('data: '))?.slice(6);
      if (name !== undefined && data !== undefined) yield { name, data: JSON.parse(data) };
    }
  }
}
