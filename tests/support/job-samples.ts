import type { SessionsJobSpec, StatsJobSpec, SwapsJobSpec } from '../../src/model/job.ts';

export const JOB_SPEC: SessionsJobSpec = {
  kind: 'sessions',
  source: 'archive',
  targets: [],
  range: { start: 100, end: 200 },
  follow: null,
  slotPadding: 0,
  signaturePagesMax: 25,
  archive: {
    carBase: 'samples',
    indexBase: 'samples',
    network: 'mainnet',
    cacheDir: null,
    forceLegacyIndex: false,
  },
  rpcUrl: 'http://127.0.0.1:8899/?api-key=secret',
  filter: { mode: 'auto', programs: [], sessions: [] },
  verify: 'all',
  decode: 'auto',
  recoverFailed: false,
  strict: false,
  outDir: null,
};

export const STATS_SPEC: StatsJobSpec = {
  kind: 'stats',
  range: { start: 100, end: 200 },
  follow: null,
  archive: JOB_SPEC.archive,
  variants: { inner: true, loaded: false },
  verify: 'all',
};

export const SWAPS_SPEC: SwapsJobSpec = {
  kind: 'swaps',
  range: { start: 100, end: 200 },
  follow: null,
  archive: JOB_SPEC.archive,
  sink: 'nats',
  generic: false,
  verify: 'all',
};
