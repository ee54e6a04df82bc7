import { isIPv6 } from 'node:net';

/** Listening on these means every address of the machine; a client takes the loopback one. */
const ANY_ADDRESS: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '::1' };

/** Where a server of ours, told to listen on the host, is reached from this machine. */
export function localAddress(listenHost: string, port: number): string {
  const bare = listenHost.replace(/^\[|\]$/g, '');
  const host = ANY_ADDRESS[bare] ?? bare;
  return `http://${isIPv6(host) ? `[${host}]` : host}:${port}`;
}
