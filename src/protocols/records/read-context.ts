import type { KeyObject } from 'node:crypto';
import type { RecordKey } from '../../model/record-change.ts';
import { faultUnder, type RecordFault } from './record-fault.ts';

/** What one record is mapped with, and the first thing that is wrong with it. */
export interface ReadContext {
  readonly key: RecordKey;
  readonly timeUs: number;
  readonly jitterSecret: KeyObject;
  fault: RecordFault | null;
}

/** Keeps the first fault; whoever asked for a value gets null instead. */
export function reportFault(context: ReadContext, path: string, fault: RecordFault): null {
  context.fault ??= faultUnder(path, fault);
  return null;
}
