import { localAddress } from '../core/local-address.ts';
import type { Config } from './config.ts';

/** Where our own API is reached from this machine. */
export function apiAddressOf(config: Pick<Config, 'apiHost' | 'apiPort'>): string {
  return localAddress(config.apiHost, config.apiPort);
}
