import type { StreamNotice } from '../../decode/atproto/decoded-frame.ts';
import type { StreamDecoder } from '../../decode/atproto/stream-decoder.ts';
import type { RecordChange, Rejection, RejectReason } from '../../model/record-change.ts';
import type { StreamEvent } from '../../model/stream-event.ts';
import type { StreamFrame, StreamPosition } from '../../model/stream-frame.ts';
import type { RecordsMetrics } from '../../ops/records-metrics.ts';
import type { RecordInterpreter } from '../../protocols/records/record-interpreter.ts';
import { advancePosition } from './advance-position.ts';

/** What some frames came to. */
export interface Gathered {
  readonly frames: number;
  readonly changes: readonly RecordChange[];
  readonly rejections: readonly Rejection[];
  /** Everything up to here was seen; null where no frame has told any. */
  readonly position: StreamPosition | null;
  /** When the frames with changes were received, in milliseconds of `performance.now()`. */
  readonly receivedAtMs: readonly number[];
}

export interface RecordGathererOptions {
  readonly decoder: StreamDecoder;
  readonly interpreter: RecordInterpreter;
  readonly metrics: RecordsMetrics;
  /** The wall clock in milliseconds, for how far the stream is behind. */
  readonly nowMs: () => number;
  /** Told what a server says about the stream itself. */
  readonly onNotice: (notice: StreamNotice) => void;
}

interface Gathering {
  readonly changes: RecordChange[];
  readonly rejections: Rejection[];
  readonly receivedAtMs: number[];
  readonly nowUs: number;
}

const US_PER_MS = 1000;
const MS_PER_SECOND = 1000;

/** From frames to changes: decodes, filters, validates and maps. Nothing is stored here. */
export class RecordGatherer {
  readonly #options: RecordGathererOptions;

  constructor(options: RecordGathererOptions) {
    this.#options = options;
  }

  /** `before` is where the stream stood before these frames. */
  gather(frames: readonly StreamFrame[], before: StreamPosition | null): Gathered {
    const gathering: Gathering = {
      ...{ changes: [], rejections: [], receivedAtMs: [] },
      nowUs: Math.floor(this.#options.nowMs() * US_PER_MS),
    };
    let position = before;
    for (const frame of frames) position = this.#read(frame, position, gathering);
    this.#noteLag(position);
    const { changes, rejections, receivedAtMs } = gathering;
    return { changes, rejections, receivedAtMs, frames: frames.length, position };
  }

  #read(
    frame: StreamFrame,
    before: StreamPosition | null,
    { changes, rejections, receivedAtMs, nowUs }: Gathering,
  ): StreamPosition | null {
    const { decoder, metrics, onNotice } = this.#options;
    metrics.messagesProcessed.inc();
    const decoded = decoder.decode(frame);
    const { events, rejects, unwanted, notice } = decoded;
    const position = advancePosition(before, frame.endpoint, decoded, nowUs);
    metrics.filterProcessed.inc(unwanted);
    metrics.filterDiscarded.inc(unwanted);
    if (notice !== null) onNotice(notice);
    if (rejects.length > 0) metrics.undecodableFrames.inc();
    for (const reject of rejects) {
      rejections.push(reject);
      this.#countRejection(reject.reason);
    }
    const changesBefore = changes.length;
    for (const event of events) {
      const result = this.#interpret(event);
      if (result === null) continue;
      if ('reason' in result) rejections.push(result);
      else changes.push(result);
    }
    if (changes.length > changesBefore) receivedAtMs.push(frame.receivedAtMs);
    return position;
  }

  #interpret(event: StreamEvent): RecordChange | Rejection | null {
    const { interpreter, metrics } = this.#options;
    const result = interpreter.interpret(event);
    if (event.kind === 'account') metrics.accountEvents.inc();
    if (event.kind === 'identity') metrics.identityEvents.inc();
    if (event.kind !== 'commit') return result;
    metrics.filterProcessed.inc();
    if (result === null) metrics.filterDiscarded.inc();
    else metrics.filterMatched.inc();
    if (result !== null && 'reason' in result) {
      metrics.messagesError.inc();
      this.#countRejection(result.reason);
    }
    return result;
  }

  #countRejection(reason: RejectReason): void {
    this.#options.metrics.rejections.inc({ reason });
  }

  #noteLag(position: StreamPosition | null): void {
    if (position === null || position.timeUs === 0) return;
    const lagMs = this.#options.nowMs() - position.timeUs / US_PER_MS;
    this.#options.metrics.processingLag.set(Math.max(0, lagMs) / MS_PER_SECOND);
  }
}
