import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { SinkOptions } from '../../src/model/sink-options.ts';
import type { WorkerSpec } from '../child-spec.ts';
import type { DataFolder } from '../data-folder.ts';
import type { PortClaim } from '../port-claim.ts';
import { probeHttp, saysOk } from './http-probe.ts';
import { type ServiceTuning, serviceChild } from './service-child.ts';
import { typescriptLoader } from './typescript-loader.ts';

const SINK_URL = new URL('../../workers/sink.ts', import.meta.url);

/** The process that brings swaps into ClickHouse and builds candles: ready and alive while `GET /healthz` says `ok`. */
export function sinkChild(
  options: SinkOptions,
  { folder, tuning }: { readonly folder: DataFolder; readonly tuning: ServiceTuning },
): WorkerSpec {
  const { port } = options;
  const path = join(folder.run, 'sink-options.json');
  const claim: PortClaim = {
    host: '127.0.0.1',
    port,
    purpose: 'the sink of swaps',
    remedy: 'set MILLRACE_SINK_PORT to another port',
  };
  return serviceChild({
    id: 'sink',
    folder,
    tuning,
    command: process.execPath,
    args: [...typescriptLoader(), fileURLToPath(SINK_URL), '--options', path],
    env: {},
    ports: [claim],
    // Passwords may stand in it, so nobody else may read it.
    prepare: () => writeFileSync(path, JSON.stringify(options), { mode: 0o600 }),
    check: (signal) =>
      probeHttp({ url: `http://127.0.0.1:${port}/healthz`, accept: saysOk }, signal),
    explain: () => null,
  });
}
