import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { localAddress } from '../../src/core/local-address.ts';
import type { RecordsOptions } from '../../src/model/records-options.ts';
import type { WorkerSpec } from '../child-spec.ts';
import type { DataFolder } from '../data-folder.ts';
import type { PortClaim } from '../port-claim.ts';
import { probeHttp } from './http-probe.ts';
import { type ServiceTuning, serviceChild } from './service-child.ts';
import { typescriptLoader } from './typescript-loader.ts';

const RECORDS_URL = new URL('../../workers/records.ts', import.meta.url);

/** The process that indexes records of AT Protocol: ready and alive while `GET /health` says `healthy`. */
export function recordsChild(
  options: RecordsOptions,
  { folder, tuning }: { readonly folder: DataFolder; readonly tuning: ServiceTuning },
): WorkerSpec {
  const { host, port } = options.server;
  const path = join(folder.run, 'records-options.json');
  const claim: PortClaim = {
    host,
    port,
    purpose: 'health and metrics of the record indexer',
    remedy: 'set METRICS_PORT to another port',
  };
  const url = `${localAddress(host, port)}/health`;
  return serviceChild({
    id: 'records',
    folder,
    tuning,
    command: process.execPath,
    args: [...typescriptLoader(), fileURLToPath(RECORDS_URL), '--options', path],
    env: {},
    ports: [claim],
    // Passwords may stand in it, so nobody else may read it.
    prepare: () => writeFileSync(path, JSON.stringify(options), { mode: 0o600 }),
    check: (signal) => probeHttp({ url, accept: saysHealthy }, signal),
    explain: () => null,
  });
}

function saysHealthy(body: string): boolean {
  return body.includes('"healthy"');
}
