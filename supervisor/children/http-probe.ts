import { get as getHttp } from 'node:http';
import { get as getHttps } from 'node:https';

export interface HttpProbe {
  readonly url: string;
  /** True when the body says that all is well. */
  readonly accept: (body: string) => boolean;
}

const BODY_BYTES_MAX = 4_096;

/**
 * Asks once over a connection of its own: a kept connection would make ClickHouse wait for it when it stops.
 * Rejects when the status is not 200, the body is not accepted, or the signal aborts.
 */
export async function probeHttp(probe: HttpProbe, signal: AbortSignal): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const get = probe.url.startsWith('https:') ? getHttps : getHttp;
  const request = get(probe.url, { agent: false, signal }, (response) => {
    let body = '';
    response.setEncoding('utf8');
    response.on('error', reject);
    response.on('data', (part: string) => {
      body = (body + part).slice(0, BODY_BYTES_MAX);
    });
    response.on('end', () => {
      if (response.statusCode === 200 && probe.accept(body)) resolve();
      else reject(new Error(`status ${response.statusCode}, body ${body.slice(0, 200)}`));
    });
  });
  request.on('error', reject);
  await promise;
}

/** What health routes answer: `{"status":"ok"}`. */
export function saysOk(body: string): boolean {
  return /"status"\s*:\s*"ok"/.test(body);
}
