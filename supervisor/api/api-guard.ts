import { createHash, timingSafeEqual } from 'node:crypto';
import { isIP } from 'node:net';
import type { FastifyRequest } from 'fastify';
import { OperatingError } from '../../src/core/errors.ts';
import type { ApiFault } from './api-error.ts';

/** Answer without a token: they tell nothing but that somebody is there. */
const OPEN_PATHS: ReadonlySet<string> = new Set(['/ping', '/healthz', '/readyz']);

export function isLoopback(host: string): boolean {
  const name = host.replace(/^\[|\]$/g, '').toLowerCase();
  return name === 'localhost' || name === '::1' || (isIP(name) === 4 && name.startsWith('127.'));
}

/** @throws {OperatingError} CONFIG when the API would listen beyond this machine without a token. */
export function assertGuarded(host: string, token: string | null): void {
  if (isLoopback(host) || (token !== null && token !== '')) return;
  const message = `starting the API on ${host}: a token is expected as soon as it listens beyond loopback; set MILLRACE_API_TOKEN or listen on 127.0.0.1`;
  throw new OperatingError('CONFIG', message, { retryable: false, fields: { host } });
}

/**
 * Decides whether a request may pass. With a token: who presents it. Without one: who names this
 * machine as loopback does, so that a web page cannot reach the API through a name that it lets
 * point here.
 */
export function guardFault(request: FastifyRequest, token: string | null): ApiFault | undefined {
  const path = request.url.split('?', 1)[0] ?? '';
  if (OPEN_PATHS.has(path)) return undefined;
  if (token === null) {
    if (isLoopback(request.hostname)) return undefined;
    const message = `the host name ${request.hostname} is not this machine's loopback`;
    return { status: 403, error: 'HOST', message, expected: '127.0.0.1 or localhost' };
  }
  const presented = /^Bearer (.+)$/i.exec(request.headers.authorization ?? '')?.[1];
  if (presented !== undefined && sameSecret(presented, token)) return undefined;
  const message = 'the request carries no valid token';
  return { status: 401, error: 'TOKEN', message, expected: 'Authorization: Bearer <token>' };
}

/** Takes the same time wherever the texts differ, and whatever their lengths. */
function sameSecret(a: string, b: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}
