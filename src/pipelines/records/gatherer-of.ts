import type { StreamNotice } from '../../decode/atproto/decoded-frame.ts';
import { StreamDecoder } from '../../decode/atproto/stream-decoder.ts';
import type { RecordsOptions } from '../../model/records-options.ts';
import type { RecordsMetrics } from '../../ops/records-metrics.ts';
import type { RecordCollections } from '../../protocols/records/record-collections.ts';
import { RecordInterpreter } from '../../protocols/records/record-interpreter.ts';
import { RecordGatherer } from './record-gatherer.ts';

export interface GathererParts {
  readonly options: RecordsOptions;
  readonly collections: RecordCollections;
  readonly metrics: RecordsMetrics;
  readonly onNotice: (notice: StreamNotice) => void;
}

/** The way from frames to changes, as the options have it. */
export function gathererOf(parts: GathererParts): RecordGatherer {
  const { options, collections, metrics, onNotice } = parts;
  const { jitterSecret, source } = options;
  const interpreter = new RecordInterpreter({
    collections,
    jitterSecret: Buffer.from(jitterSecret),
  });
  const decoder = new StreamDecoder({
    wants: (collection) => interpreter.wants(collection),
    frameBytesMax: source.messageBytesMax,
  });
  return new RecordGatherer({ decoder, interpreter, metrics, onNotice, nowMs: Date.now });
}
