import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A local JSON-RPC endpoint that answers from recorded scenarios and misbehaves on request. */

export interface RpcScenario {
  readonly focus: string;
  readonly finalizeSignature: string | null;
  readonly rpc: {
    readonly getAccountInfo: Record<string, unknown>;
    readonly getSignaturesForAddress: Record<string, { signature: string; slot: number }[]>;
    readonly getTransaction: Record<string, Record<string, unknown>>;
    readonly transactionWireBase64: Record<string, string>;
  };
  readonly expected: { readonly [fact: string]: unknown };
}

export function loadScenario(name: string): RpcScenario {
  const url = new URL(`../fixtures/iq/synthetic/${name}.json`, import.meta.url);
  return JSON.parse(readFileSync(url, 'utf8'));
}

export interface RpcRequest {
  readonly method: string;
  readonly params: readonly unknown[];
}

type Reply = { readonly result: unknown } | { readonly error: { code: number; message: string } };

/** What may happen instead of an answer. The first five speak HTTP wrongly, the last replaces one reply. */
export type RpcFault =
  | { readonly type: 'http'; status: number; body: string; headers?: Record<string, string> }
  | { readonly type: 'disconnect' }
  | { readonly type: 'half-reply' }
  | { readonly type: 'endless' }
  | { readonly type: 'silent' }
  | { readonly type: 'reply'; readonly reply: Reply };

export interface RpcServerOptions {
  readonly scenarios?: readonly RpcScenario[];
  /** Answers before the scenarios do; undefined leaves it to them. */
  readonly answer?: (request: RpcRequest) => Reply | undefined;
  /** More signatures are never given in one page, whatever was asked for. */
  readonly pageSizeMax?: number;
  readonly versionMax?: number;
  readonly refuseBatches?: boolean;
}

export interface RpcServer extends AsyncDisposable {
  readonly url: string;
  readonly host: string;
  /** Every call that was received, whatever was answered. */
  readonly received: RpcRequest[];
  readonly requestHeaders: IncomingMessage['headers'][];
  /** The next `times` requests (for calls of `method`) meet the fault. */
  readonly fail: (fault: RpcFault, times: number, method?: string) => void;
  /** Most requests that were being answered at the same time. */
  readonly concurrencySeen: () => number;
}

interface PlannedFault {
  readonly fault: RpcFault;
  readonly method: string | undefined;
  times: number;
}

interface Call extends RpcRequest {
  readonly id: unknown;
}

export async function startRpcServer(options: RpcServerOptions): Promise<RpcServer> {
  const faults: PlannedFault[] = [];
  const received: RpcRequest[] = [];
  const requestHeaders: IncomingMessage['headers'][] = [];
  let open = 0;
  let concurrencySeen = 0;

  function takeFault(method: string, wanted: (fault: RpcFault) => boolean): RpcFault | undefined {
    const planned = faults.find(
      (entry) =>
        entry.times > 0 &&
        wanted(entry.fault) &&
        (entry.method === undefined || entry.method === method),
    );
    if (planned !== undefined) planned.times--;
    return planned?.fault;
  }

  function answerCall(call: Call): object {
    const fault = takeFault(call.method, ({ type }) => type === 'reply');
    const reply =
      fault?.type === 'reply'
        ? fault.reply
        : (options.answer?.(call) ?? answerFromScenarios(call, options));
    return { jsonrpc: '2.0', id: call.id, ...reply };
  }

  const server = createServer(async (request, response) => {
    requestHeaders.push(request.headers);
    response.once('close', () => open--);
    concurrencySeen = Math.max(concurrencySeen, ++open);
    const body: Call | Call[] = JSON.parse(await readBody(request));
    const calls = Array.isArray(body) ? body : [body];
    received.push(...calls.map(({ method, params }) => ({ method, params })));
    const fault = takeFault(calls[0]?.method ?? '', ({ type }) => type !== 'reply');
    if (fault !== undefined) return misbehave(fault, response);
    if (Array.isArray(body) && options.refuseBatches) {
      const error = { code: -32600, message: 'batches are not offered' };
      return sendJson(response, { jsonrpc: '2.0', id: null, error });
    }
    // Batch replies may come in any order, so they come in the wrong one.
    sendJson(response, Array.isArray(body) ? body.map(answerCall).reverse() : answerCall(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;

  return {
    url: `http://${host}`,
    host,
    received,
    requestHeaders,
    fail: (fault, times, method) => faults.push({ fault, method, times }),
    concurrencySeen: () => concurrencySeen,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function readBody(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const part of request) text += part;
  return text;
}

function sendJson(response: ServerResponse, json: object): void {
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify(json));
}

function misbehave(fault: RpcFault, response: ServerResponse): void {
  switch (fault.type) {
    case 'http':
      response.writeHead(fault.status, { 'content-type': 'text/html', ...fault.headers });
      response.end(fault.body);
      return;
    case 'disconnect':
      response.destroy();
      return;
    case 'half-reply':
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': 1000 });
      response.write('{"jsonrpc":"2.0","id":1,"resu', () => response.destroy());
      return;
    case 'endless':
      response.writeHead(200, { 'content-type': 'application/json' });
      pour(response);
      return;
    case 'silent':
      response.writeHead(200, { 'content-type': 'application/json' });
      response.write(' ');
      return;
    case 'reply':
      return;
  }
}

function pour(response: ServerResponse): void {
  const part = Buffer.alloc(65_536, 32);
  const next = () => {
    if (!response.destroyed) response.write(part, next);
  };
  next();
}

function answerFromScenarios(call: Call, options: RpcServerOptions): Reply {
  switch (call.method) {
    case 'getSlot':
      return { result: 400_002_000 };
    case 'getEpochInfo':
      return { result: { absoluteSlot: 400_002_000, epoch: 925, slotIndex: 402_000 } };
    case 'getFirstAvailableBlock':
      return { result: 0 };
    case 'getAccountInfo': {
      const key = String(call.params[0]);
      const known = options.scenarios?.find(({ rpc }) => key in rpc.getAccountInfo);
      return { result: known?.rpc.getAccountInfo[key] ?? { value: null } };
    }
    case 'getSignaturesForAddress':
      return { result: signaturePage(call, options) };
    case 'getTransaction':
      return transactionReply(call, options);
    default:
      return { error: { code: -32601, message: 'Method not found' } };
  }
}

function signaturePage(call: Call, options: RpcServerOptions) {
  const [account, config] = call.params as [
    string,
    { limit?: number; before?: string; until?: string },
  ];
  const list =
    options.scenarios
      ?.map(({ rpc }) => rpc.getSignaturesForAddress[account])
      .find((found) => found !== undefined) ?? [];
  const start =
    config.before === undefined
      ? 0
      : list.findIndex(({ signature }) => signature === config.before) + 1;
  const limit = Math.min(config.limit ?? 1000, options.pageSizeMax ?? 1000);
  const until = list.findIndex(({ signature }) => signature === config.until);
  const end = until < 0 ? list.length : until;
  return list.slice(start, Math.min(end, start + limit));
}

function transactionReply(call: Call, options: RpcServerOptions): Reply {
  const [signature, config] = call.params as [
    string,
    { encoding: string; maxSupportedTransactionVersion?: number },
  ];
  const asked = config.maxSupportedTransactionVersion;
  if (asked !== undefined && asked > (options.versionMax ?? 1)) {
    return { error: { code: -32602, message: `Invalid params: version ${asked}` } };
  }
  const known = options.scenarios?.find(({ rpc }) => signature in rpc.getTransaction)?.rpc;
  const recorded = known?.getTransaction[signature];
  if (recorded === undefined || known === undefined) return { result: null };
  if (typeof recorded['version'] === 'number' && recorded['version'] > (asked ?? -1)) {
    const message = `Transaction version (${recorded['version']}) is not supported by the requesting client`;
    return { error: { code: -32015, message } };
  }
  const wire = known.transactionWireBase64[signature];
  return {
    result:
      config.encoding === 'base64' ? { ...recorded, transaction: [wire, 'base64'] } : recorded,
  };
}
