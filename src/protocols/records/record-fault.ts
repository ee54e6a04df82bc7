import type { RejectReason } from '../../model/record-change.ts';

/** Why a record is refused. Says where and what was expected, never what the record holds. */
export interface RecordFault {
  readonly reason: RejectReason;
  /** Dotted names of the schema and numbers of list entries; empty for the record itself. */
  readonly path: string;
  readonly expected: string;
  /** Kind of what came, such as `string` or `null`. */
  readonly received: string;
}

/** Tells whether a value is as some schema wants it. */
export type Check = (value: unknown) => RecordFault | null;

export function faultOf(reason: RejectReason, expected: string, value: unknown): RecordFault {
  return { reason, path: '', expected, received: kindOf(value) };
}

/** The same fault, seen from one level above. */
export function faultUnder(segment: string | number, fault: RecordFault): RecordFault {
  return { ...fault, path: fault.path === '' ? `${segment}` : `${segment}.${fault.path}` };
}

export function faultText(fault: RecordFault): string {
  const place = fault.path === '' ? 'record' : fault.path;
  return `${place}: expected ${fault.expected}, received ${fault.received}`.slice(0, 500);
}

export function kindOf(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

/** True of what JSON calls an object. */
export function isJsonObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
