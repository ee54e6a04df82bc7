/** What the process that brings swaps into ClickHouse says of itself on `GET /status`. */
export interface SinkStatus {
  /** Differs between two lives of the process. */
  readonly boot: string;
  /** The work queue it takes from; null without NATS. */
  readonly stream: {
    readonly messages: number;
    readonly firstSequence: number;
    readonly lastSequence: number;
  } | null;
  /** Since the process started. */
  readonly messages: number;
  readonly swaps: number;
  readonly deadLetters: number;
  /** What it waited out within the last minute; null when all went well. */
  readonly lastFault: string | null;
  readonly candles: {
    /** Full passes over all windows that changed. */
    readonly passesAsked: number;
    readonly passesDone: number;
    /** Revisions written. */
    readonly written: number;
  };
}
