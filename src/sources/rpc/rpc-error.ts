import { type ErrorCode, OperatingError } from '../../core/errors.ts';

interface Meaning {
  readonly code: ErrorCode;
  readonly retryable: boolean;
}

const gone: Meaning = { code: 'RPC_PRUNED', retryable: false };
const busy: Meaning = { code: 'RPC_UNREACHABLE', retryable: true };
const tooFast: Meaning = { code: 'RPC_REFUSED', retryable: true };
const refused: Meaning = { code: 'RPC_REFUSED', retryable: false };

/**
 * What a JSON-RPC error code asks of us.
 * Source: anza-xyz/agave rpc-client-api `custom_error.rs` for -32001 to -32019, the JSON-RPC 2.0
 * specification for -32603; 429 and -32429 are what hosted endpoints put into a reply of status 200.
 */
const meanings: ReadonlyMap<number, Meaning> = new Map([
  [-32001, gone],
  // The block may only be late, so asking again can help; when it does not, the node has no such history.
  [-32004, { code: 'RPC_PRUNED', retryable: true }],
  [-32005, busy],
  [-32007, gone],
  [-32009, gone],
  [-32011, gone],
  [-32014, busy],
  [-32016, busy],
  [-32019, busy],
  [-32603, busy],
  [429, tooFast],
  [-32429, tooFast],
]);

/** Codes that speak about the one transaction asked for, not about the endpoint. */
const ABOUT_ONE_TRANSACTION: ReadonlySet<unknown> = new Set([
  -32001, -32004, -32007, -32009, -32015,
]);

export interface RpcFault {
  readonly method: string;
  readonly host: string;
  readonly rpcCode: number;
  /** Already redacted. */
  readonly message: string;
}

/** A JSON-RPC error object as one of our errors; `fields.rpcCode` keeps the number. */
export function rpcError(fault: RpcFault): OperatingError {
  const { code, retryable } = meanings.get(fault.rpcCode) ?? refused;
  const { method, host, rpcCode, message } = fault;
  return new OperatingError(
    code,
    `${method} at ${host}: expected a result, received RPC error ${rpcCode}: ${message}`,
    { retryable, fields: { method, host, rpcCode } },
  );
}

export function isAboutOneTransaction(error: OperatingError): boolean {
  return ABOUT_ONE_TRANSACTION.has(error.fields['rpcCode']);
}

/** -32602: the endpoint does not understand a parameter, for instance a transaction version it does not know. */
export function isInvalidParams(error: OperatingError): boolean {
  return error.fields['rpcCode'] === -32602;
}

/** -32015: the block or transaction is of a newer version than was said to be understood. */
export function isUnsupportedVersion(error: OperatingError): boolean {
  return error.fields['rpcCode'] === -32015;
}

/** -32007 and -32009: the slot was skipped, or lacks in the endpoint's storage. */
export function isSkippedSlot(error: OperatingError): boolean {
  const { rpcCode } = error.fields;
  return rpcCode === -32007 || rpcCode === -32009;
}
