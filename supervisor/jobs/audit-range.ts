import type { SlotRange } from '../../src/core/slot-range.ts';
import type { JobAudit } from '../../src/model/job.ts';
import { auditJob } from './audit.ts';
import { finishedShards } from './finished-shards.ts';
import type { JobContext } from './job-context.ts';

/** Quarantined slots that a report lists. */
const QUARANTINE_LISTED_MAX = 1000;

/** What the store can prove about a job and its range. */
export function auditRange(jobId: string, range: SlotRange, context: JobContext): JobAudit {
  const quarantined = context.store.quarantine.list(jobId, QUARANTINE_LISTED_MAX);
  return auditJob(range, finishedShards(jobId, context), quarantined);
}

export function isCovered(audit: JobAudit): boolean {
  return audit.missing.length === 0 && audit.quarantined.length === 0;
}
