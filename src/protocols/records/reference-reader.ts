import { isDid, isRecordKey } from '../../decode/atproto/identifier-syntax.ts';
import type { RecordKey } from '../../model/record-change.ts';
import type { ReferenceMapping } from './mapping-schema.ts';
import { type ReadContext, reportFault } from './read-context.ts';
import { faultOf, type RecordFault } from './record-fault.ts';
import { pathOf, valueAt } from './record-path.ts';

/** @returns null where the record makes none, and where it reports a fault. */
export type ReferenceReader = (record: unknown, context: ReadContext) => RecordKey | null;

const AT_URI = /^at:\/\/([^/?#]+)\/([^/?#]+)\/([^/?#]+)$/;

/**
 * A reference is the record key of a record of the same account, or the AT-URI of anybody's. Handles are refused as
 * authorities: they change hands, and nothing here can look them up.
 */
export function referenceReader(mapping: ReferenceMapping): ReferenceReader {
  const path = pathOf(mapping.path);
  return (record, context) => {
    const value = valueAt(record, path);
    if (value === undefined || value === null || value === '') {
      if (!mapping.required) return null;
      const missing = faultOf('ErrMissingRequiredField', 'a reference', value);
      return reportFault(context, mapping.path, missing);
    }
    if (typeof value !== 'string') {
      const wrong = faultOf('ErrInvalidFieldType', 'a record key or AT-URI', value);
      return reportFault(context, mapping.path, wrong);
    }
    const key = keyOf(value, mapping.collection, context.key.did);
    const fault =
      key === null ? invalid(mapping.collection) : ownershipFault(mapping, key, context);
    return fault === null ? key : reportFault(context, mapping.path, fault);
  };
}

function keyOf(value: string, collection: string, ownDid: string): RecordKey | null {
  if (!value.startsWith('at://')) {
    return isRecordKey(value) ? { did: ownDid, collection, rkey: value } : null;
  }
  const [, did = '', named, rkey = ''] = AT_URI.exec(value) ?? [];
  const valid = isDid(did) && named === collection && isRecordKey(rkey);
  return valid ? { did, collection, rkey } : null;
}

function invalid(collection: string): RecordFault {
  const expected = `a record key, or at://DID/${collection}/ and a record key`;
  return { reason: 'ErrInvalidFieldValue', path: '', expected, received: 'another string' };
}

function ownershipFault(
  { ownership }: ReferenceMapping,
  key: RecordKey,
  context: ReadContext,
): RecordFault | null {
  if (ownership === 'any' || key.did === context.key.did) return null;
  const expected = 'a record of the same account';
  return { reason: 'ErrNotOwner', path: '', expected, received: 'one of another account' };
}
