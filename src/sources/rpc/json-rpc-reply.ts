import { OperatingError } from '../../core/errors.ts';
import type { HttpReply } from './http-exchange.ts';
import type { RpcAddress } from './rpc-address.ts';
import { rpcError } from './rpc-error.ts';

export type JsonRpcOutcome =
  | { readonly ok: true; readonly result: unknown }
  | { readonly ok: false; readonly error: OperatingError };

export interface AskedCall {
  readonly id: number;
  readonly method: string;
}

type JsonObject = Readonly<Record<string, unknown>>;

/**
 * Sorts a reply into one outcome a call, in the order of `asked`.
 * @throws {OperatingError} when the reply as a whole is an error or is no JSON-RPC at all:
 * RPC_UNREACHABLE (retryable) for 408, 5xx and other people's pages; RPC_REFUSED for the rest, retryable for 429.
 */
export function readJsonRpcReply(
  reply: HttpReply,
  asked: readonly AskedCall[],
  address: RpcAddress,
  parse: (text: string) => unknown = JSON.parse,
): JsonRpcOutcome[] {
  const method = asked[0]?.method ?? '';
  const json = parseReply(reply.text, parse);
  if (json === undefined || isHttpFault(reply.status)) {
    throw httpError(reply, json, { method, address });
  }
  if (Array.isArray(json))
    return asked.map((call) => outcomeOf(elementOf(json, call), call, address));
  const single = asked[0];
  if (asked.length === 1 && single !== undefined) return [outcomeOf(json, single, address)];
  const refusal = outcomeOf(json, { id: -1, method }, address);
  throw refusal.ok ? malformed(method, address, 'one reply to a batch') : refusal.error;
}

/** Other statuses may carry a JSON-RPC error of their own, which says more. */
function isHttpFault(status: number): boolean {
  return status === 429 || status === 408 || status >= 500;
}

function parseReply(
  text: string,
  parse: (text: string) => unknown,
): JsonObject | readonly unknown[] | undefined {
  try {
    const json = parse(text);
    if (Array.isArray(json) || isObject(json)) return json;
  } catch {
    // Not JSON: the caller says so, with the beginning of the text.
  }
  return undefined;
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function elementOf(replies: readonly unknown[], call: AskedCall): unknown {
  return replies.find((element) => isObject(element) && element['id'] === call.id);
}

function outcomeOf(element: unknown, call: AskedCall, address: RpcAddress): JsonRpcOutcome {
  const { method } = call;
  if (!isObject(element)) return failed(malformed(method, address, 'no reply to this call'));
  const { error } = element;
  if (isObject(error)) {
    const rpcCode = typeof error['code'] === 'number' ? error['code'] : 0;
    const message = address.redact(String(error['message']));
    return failed(rpcError({ method, host: address.host, rpcCode, message }));
  }
  if (element['id'] !== call.id) {
    return failed(malformed(method, address, 'the reply to another call'));
  }
  if (!('result' in element)) return failed(malformed(method, address, 'neither result nor error'));
  return { ok: true, result: element['result'] };
}

function failed(error: OperatingError): JsonRpcOutcome {
  return { ok: false, error };
}

function malformed(method: string, address: RpcAddress, received: string): OperatingError {
  const { host } = address;
  return new OperatingError(
    'RPC_UNREACHABLE',
    `${method} at ${host}: expected a JSON-RPC reply, received ${received}`,
    { retryable: true, fields: { method, host } },
  );
}

function httpError(
  reply: HttpReply,
  json: unknown,
  { method, address }: { readonly method: string; readonly address: RpcAddress },
): OperatingError {
  const { status } = reply;
  const { host } = address;
  const type = reply.headers.get('content-type') ?? 'unknown type';
  // Redacting comes before shortening: half a key would not be recognised.
  const shown = address.redact(`${type}, beginning ${reply.text.slice(0, 4096)}`);
  const fields = { method, host, httpStatus: status };
  const message = `${method} at ${host}: expected a JSON-RPC reply, received HTTP ${status} (${shown})`;
  if (status === 429) {
    return new OperatingError('RPC_REFUSED', message, {
      retryable: true,
      fields: { ...fields, retryAfterMs: retryAfterMs(reply) },
    });
  }
  const temporary = isHttpFault(status) || (json === undefined && status >= 200 && status < 300);
  if (temporary) {
    return new OperatingError('RPC_UNREACHABLE', message, {
      retryable: true,
      fields: { ...fields, retryAfterMs: retryAfterMs(reply) },
    });
  }
  return new OperatingError('RPC_REFUSED', message, { retryable: false, fields });
}

/** Only the form in seconds: every endpoint of this kind uses it, and a date would need a trusted clock. */
function retryAfterMs(reply: HttpReply): number {
  const seconds = Number(reply.headers.get('retry-after') ?? 0);
  return Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : 0;
}
