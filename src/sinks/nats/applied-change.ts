/** What became of a stream, or of a consumer when it names one. */
export interface AppliedChange {
  readonly stream: string;
  readonly consumer: string | null;
  readonly action: 'created' | 'updated' | 'recreated' | 'unchanged';
  /** Fields that were changed, as `max_age: 1 → 2`. */
  readonly changes: readonly string[];
}
