import { StreamDecoder } from '../../decode/atproto/stream-decoder.ts';
import type { RecordsOptions } from '../../model/records-options.ts';
import type { RecordsMetrics } from '../../ops/records-metrics.ts';
import type { RecordCollections } from '../../protocols/records/collections.ts';
import { RecordInterpreter } from '../../protocols/records/record-interpreter.ts';
import { RecordGatherer } from './record-gatherer.ts';

/** The way from frames to changes, as the options have it. */
export function gathererOf(
  options: RecordsOptions,
  collections: RecordCollections,
  metrics: RecordsMetrics,
): RecordGatherer {
  const { jitterSecret, source } = options;
  const interpreter = new RecordInterpreter({ collections, jitterSecret });
  const decoder = new StreamDecoder({
    wants: (collection) => interpreter.wants(collection),
    messageBytesMax: source.messageBytesMax,
  });
  return new RecordGatherer({ decoder, interpreter, metrics, nowMs: Date.now });
}
