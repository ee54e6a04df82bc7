import { isIPv6 } from 'node:net';
import type { Config } from './config.ts';

/** Listening on these means every address of the machine; a client takes the loopback one. */
const ANY_ADDRESS: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '::1' };

/** Where our own API is reached from this machine. */
export function apiAddressOf(config: Pick<Config, 'apiHost' | 'apiPort'>): string {
  const bare = config.apiHost.replace(/^\[|\]$/g, '');
  const host = ANY_ADDRESS[bare] ?? bare;
  return `http://${isIPv6(host) ? `[${host}]` : host}:${config.apiPort}`;
}
