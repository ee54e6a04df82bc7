import type { OperatingError } from '../../core/errors.ts';

/**
 * Refusals that say nothing about a message: any other would meet the same. By number.
 * Source: ClickHouse, `src/Common/ErrorCodes.cpp`.
 */
const FAULTS: ReadonlyMap<string, string> = new Map([
  ['16', 'NO_SUCH_COLUMN_IN_TABLE'],
  ['60', 'UNKNOWN_TABLE'],
  ['81', 'UNKNOWN_DATABASE'],
  ['115', 'UNKNOWN_SETTING'],
  ['164', 'READONLY'],
  ['192', 'UNKNOWN_USER'],
  ['193', 'WRONG_PASSWORD'],
  ['194', 'REQUIRED_PASSWORD'],
  ['201', 'QUOTA_EXCEEDED'],
  ['218', 'TABLE_IS_DROPPED'],
  ['291', 'DATABASE_ACCESS_DENIED'],
  ['452', 'SETTING_CONSTRAINT_VIOLATION'],
  ['497', 'ACCESS_DENIED'],
  ['516', 'AUTHENTICATION_FAILED'],
]);

export function isFaultOfTheSink({ fields }: OperatingError): boolean {
  return FAULTS.has(String(fields['clickhouseCode']));
}
