/**
 * Posts finished uploads to an ingest endpoint and says what became of each. Whether and when to
 * try again is decided by the caller: nothing here repeats or remembers anything.
 */
import { splitCredentials } from '../core/address-credentials.ts';
import { errorText, OperatingError } from '../core/errors.ts';
import type { IngestFacts } from '../model/ingest-facts.ts';
import { buildIngestBody } from './ingest-body.ts';

export interface IngestEndpoint {
  readonly url: string;
  /** Bearer token, or null. */
  readonly token: string | null;
  /** From the first byte sent to the last byte of the answer. */
  readonly timeoutMs: number;
  /** Milliseconds since 1970; needed for a Retry-After that names a date. */
  readonly now: () => number;
}

export interface IngestDelivery {
  readonly key: string;
  readonly facts: IngestFacts;
  readonly payload: Uint8Array;
}

export type IngestOutcome =
  | {
      readonly type: 'accepted';
      readonly status: number;
      /** Where the endpoint says it put the file, or null. */
      readonly file: string | null;
    }
  | { readonly type: 'refused'; readonly status: number; readonly reason: string }
  | {
      readonly type: 'retryable';
      readonly status: number | null;
      readonly reason: string;
      /** How long the endpoint asked to be left alone, or null. */
      readonly retryAfterMs: number | null;
    };

/** Bytes of an answer that are looked at; the rest is dropped. */
const REPLY_BYTES_MAX = 16 * 1024;
const REASON_CHARACTERS_MAX = 300;
/** A longer Retry-After is cut to this: an endpoint must not be able to park a delivery for good. */
const RETRY_AFTER_MS_MAX = 3_600_000;

/**
 * Base and path joined with exactly one slash.
 * @throws {OperatingError} CONFIG when either is blank or they are not an http(s) URL together.
 */
export function joinIngestUrl(base: string, path: string): string {
  const joined = `${base.trim().replace(/\/+$/, '')}/${path.trim().replace(/^\/+/, '')}`;
  const blank = base.trim() === '' || path.trim() === '';
  const url = blank ? null : URL.parse(joined);
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    const message = `joining the ingest address: an http(s) base and a path are expected, received '${base}' and '${path}'`;
    throw new OperatingError('CONFIG', message, { retryable: false });
  }
  return url.href;
}

/** @throws {OperatingError} CANCELLED when `signal` is aborted; everything else is an outcome. */
export async function postIngest(
  endpoint: IngestEndpoint,
  delivery: IngestDelivery,
  signal: AbortSignal,
): Promise<IngestOutcome> {
  const timeout = AbortSignal.timeout(endpoint.timeoutMs);
  try {
    const { href, authorization } = splitCredentials(endpoint.url);
    const response = await fetch(href, {
      method: 'POST',
      headers: headersOf(endpoint, delivery.key, authorization),
      body: buildIngestBody(delivery.facts, delivery.payload),
      redirect: 'manual',
      signal: AbortSignal.any([signal, timeout]),
    });
    const reply = await readReply(response);
    return mapReply(response, reply, endpoint.now());
  } catch (error) {
    if (signal.aborted) {
      const message = `posting to ${endpoint.url} was cancelled`;
      throw new OperatingError('CANCELLED', message, { retryable: true, cause: error });
    }
    const reason = timeout.aborted
      ? `no complete answer within ${endpoint.timeoutMs} ms`
      : networkReason(error);
    return { type: 'retryable', status: null, reason, retryAfterMs: null };
  }
}

/** A token takes the place of credentials in the address. */
function headersOf(
  { token }: IngestEndpoint,
  key: string,
  ofAddress: string | null,
): Record<string, string> {
  const headers = { 'content-type': 'application/json', 'idempotency-key': key };
  const authorization = token === null ? ofAddress : `Bearer ${token}`;
  return authorization === null ? headers : { ...headers, authorization };
}

/** `fetch` hides what happened behind "fetch failed"; its cause says it. */
function networkReason(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause === undefined ? errorText(error) : `${errorText(error)}: ${errorText(cause)}`;
}

async function readReply(response: Response): Promise<string> {
  if (response.body === null) return '';
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of response.body) {
    parts.push(part);
    bytes += part.length;
    if (bytes >= REPLY_BYTES_MAX) break;
  }
  return Buffer.concat(parts).toString('utf8', 0, REPLY_BYTES_MAX);
}

function mapReply(response: Response, reply: string, now: number): IngestOutcome {
  const { status } = response;
  if (response.ok) return { type: 'accepted', status, file: textField(reply, 'file') };
  const reason = reasonOf(reply) || response.statusText || 'no reason given';
  if (status === 408 || status === 429 || status >= 500) {
    const retryAfterMs = parseRetryAfter(response.headers.get('retry-after'), now);
    return { type: 'retryable', status, reason, retryAfterMs };
  }
  if (status < 400) {
    const text = 'redirects are not followed; configure the final address';
    return { type: 'refused', status, reason: text };
  }
  return { type: 'refused', status, reason };
}

function reasonOf(reply: string): string {
  const text = textField(reply, 'message') ?? reply;
  return text
    .replace(/[\p{Cc}\p{Cf}]+/gu, ' ')
    .trim()
    .slice(0, REASON_CHARACTERS_MAX);
}

function textField(reply: string, name: string): string | null {
  try {
    const parsed: unknown = JSON.parse(reply);
    if (parsed === null || typeof parsed !== 'object') return null;
    const value: unknown = Reflect.get(parsed, name);
    return typeof value === 'string' ? value : null;
  } catch {
    return null;
  }
}

/** Seconds or an HTTP date (RFC 9110, 10.2.3), as milliseconds from `now`. */
function parseRetryAfter(value: string | null, now: number): number | null {
  if (value === null) return null;
  const ms = /^\d+$/.test(value.trim()) ? Number(value) * 1000 : Date.parse(value) - now;
  return Number.isNaN(ms) ? null : Math.min(Math.max(0, ms), RETRY_AFTER_MS_MAX);
}
