import { OperatingError } from '../../core/errors.ts';
import type { JsonObject } from '../../model/stream-event.ts';
import { type Refusal, refusal } from './decoded-frame.ts';
import { decodeDrisl } from './drisl.ts';
import { isJsonObject } from './event-shapes.ts';
import { DRISL_CODEC, digestMatches, recordCidText } from './record-cid.ts';

/** Where a record's CID and block lie in a buffer; -1 for a block that is not there. */
export interface RecordBlock {
  readonly cidStart: number;
  readonly blockStart: number;
  readonly blockEnd: number;
}

export interface ReadRecord {
  readonly record: JsonObject;
  readonly cid: string;
}

/** The record in a block, once its digest is found to be the CID's. AT Protocol's records have no floats. */
export function readRecord(bytes: Buffer, block: RecordBlock): ReadRecord | Refusal {
  const { cidStart, blockStart, blockEnd } = block;
  if (blockStart < 0)
    return refusal('ErrMissingRecord', 'expected a block with the CID of the change');
  if (bytes[cidStart + 1] !== DRISL_CODEC) {
    return refusal('ErrInvalidRecordCID', 'expected the codec of DAG-CBOR');
  }
  if (!digestMatches(bytes, cidStart, blockStart, blockEnd)) {
    return refusal('ErrInvalidRecordCID', 'expected a block with the digest of its CID');
  }
  try {
    const record = decodeDrisl(bytes, blockStart, blockEnd, { floats: false });
    if (!isJsonObject(record)) return refusal('ErrMalformedJSON', 'expected a map as record');
    return { record, cid: recordCidText(bytes, cidStart) };
  } catch (error) {
    if (!(error instanceof OperatingError)) throw error;
    return refusal('ErrInvalidCBOR', error.message);
  }
}
