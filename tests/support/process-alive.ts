import { readProcessFacts } from '../../supervisor/process-record.ts';

/** True while a process of that number runs; one that has ended and was not collected yet does not. */
export function processAlive(pid: number): boolean {
  return readProcessFacts(pid) !== null;
}
