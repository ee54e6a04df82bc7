import { resolve } from 'node:path';
import type { NatsLink } from '../model/nats-link.ts';
import type { Config } from './config.ts';

/** How the settings reach the NATS server at `url`. Paths are made absolute, since another process may use them. */
export function natsLinkOf(config: Config, url: string): NatsLink {
  return {
    url,
    credsFile: absolute(config.natsCreds),
    caFile: absolute(config.natsCa),
    certFile: absolute(config.natsCert),
    keyFile: absolute(config.natsKey),
    name: 'millrace',
  };
}

function absolute(path: string | null): string | null {
  return path === null ? null : resolve(path);
}
