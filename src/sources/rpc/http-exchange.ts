import { certificateFault } from '../../core/certificate-fault.ts';
import { errorText, OperatingError } from '../../core/errors.ts';
import type { RpcAddress } from './rpc-address.ts';

export interface HttpExchangeOptions {
  readonly address: RpcAddress;
  /** What the body asks for, for messages. */
  readonly method: string;
  readonly body: string;
  readonly userAgent: string;
  /** Bound on the whole exchange, so that an endpoint that drips bytes ends as well. */
  readonly timeoutMs: number;
  readonly replyBytesMax: number;
}

export interface HttpReply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/**
 * One POST and its whole reply.
 * @throws {OperatingError} RPC_UNREACHABLE for a network error, silence or a reply cut off (retryable)
 * and for a certificate that is not trusted (not retryable); RPC_REFUSED for a reply over `replyBytesMax`; CANCELLED when `signal` aborts.
 */
export async function exchangeHttp(
  options: HttpExchangeOptions,
  signal: AbortSignal,
): Promise<HttpReply> {
  const scope = new AbortController();
  const cancel = () => scope.abort(signal.reason);
  signal.addEventListener('abort', cancel, { once: true });
  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    scope.abort();
  }, options.timeoutMs);
  try {
    signal.throwIfAborted();
    const response = await fetch(options.address.href, request(options, scope.signal));
    const text = await readBoundedText(response, options);
    return { status: response.status, headers: response.headers, text };
  } catch (error) {
    throw exchangeError(error, options, { cancelled: signal.aborted, timedOut });
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', cancel);
    // Frees the connection when the reply was not read to its end.
    scope.abort();
  }
}

function request(options: HttpExchangeOptions, signal: AbortSignal): RequestInit {
  const { authorization } = options.address;
  return {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'user-agent': options.userAgent,
      ...(authorization === null ? {} : { authorization }),
    },
    body: options.body,
    redirect: 'manual',
    signal,
  };
}

async function readBoundedText(response: Response, options: HttpExchangeOptions): Promise<string> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of response.body ?? []) {
    bytes += part.length;
    if (bytes > options.replyBytesMax) throw tooLarge(options);
    parts.push(part);
  }
  return Buffer.concat(parts, bytes).toString('utf8');
}

function tooLarge({ method, address, replyBytesMax }: HttpExchangeOptions): OperatingError {
  return new OperatingError(
    'RPC_REFUSED',
    `${method} at ${address.host}: expected a reply of at most ${replyBytesMax} bytes, received more`,
    { retryable: false, fields: { method, host: address.host, replyBytesMax } },
  );
}

function exchangeError(
  error: unknown,
  options: HttpExchangeOptions,
  ended: { readonly cancelled: boolean; readonly timedOut: boolean },
): OperatingError {
  if (error instanceof OperatingError) return error;
  const { method, address, timeoutMs } = options;
  const { host } = address;
  if (ended.cancelled) {
    return new OperatingError('CANCELLED', `${method} at ${host}: stopped before it ended`, {
      retryable: false,
      fields: { method, host },
    });
  }
  const fault = certificateFault(error instanceof Error ? error.cause : undefined);
  if (fault !== undefined) {
    return new OperatingError('RPC_UNREACHABLE', `${method} at ${host}: ${fault.text}`, {
      retryable: false,
      fields: { method, host, certificate: fault.code },
    });
  }
  const received = ended.timedOut
    ? `none within ${timeoutMs} ms`
    : address.redact(networkErrorText(error));
  return new OperatingError(
    'RPC_UNREACHABLE',
    `${method} at ${host}: expected a reply, received ${received}`,
    { retryable: true, fields: { method, host } },
  );
}

/** `fetch` hides what happened in the cause of its error. */
function networkErrorText(error: unknown): string {
  if (!(error instanceof Error) || error.cause === undefined) return errorText(error);
  const { cause } = error;
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  return `${code} ${errorText(cause)}`.trim();
}
