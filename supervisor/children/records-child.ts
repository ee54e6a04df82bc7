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
  let told = options;
  const prepare = (): void => {
    // Passwords may stand in it, so nobody else may read it.
    writeFileSync(path, JSON.stringify(told), { mode: 0o600 });
    told = optionsOfRestart(options);
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
    prepare,
    check: (signal) => probeHttp({ url, accept: saysHealthy }, signal),
    explain: () => null,
  });
}

/**
 * A process that is started again goes on where the one before was, and not at the tip: what came meanwhile would be
 * missed. A cursor that was given stays, since what is stored does not tell how far reading from it had come.
 */
export function optionsOfRestart(options: RecordsOptions): RecordsOptions {
  const { source } = options;
  return source.from === 'live' ? { ...options, source: { ...source, from: null } } : options;
}

function saysHealthy(body: string): boolean {
  return body.includes('"healthy"');
}
