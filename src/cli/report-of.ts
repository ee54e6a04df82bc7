import assert from 'node:assert/strict';
import type { JobReport, JobReportOf, JobSpec } from '../model/job.ts';

/** The report that a job of this spec ended with, as the type of its kind. */
export function reportOf<S extends JobSpec>(spec: S, report: JobReport): JobReportOf<S> {
  assert.equal(report.kind, spec.kind);
  return report as JobReportOf<S>;
}
