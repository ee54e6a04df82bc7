/** What a worker waits for on the way to the sink, and the tallies it counts its waits under. */
export const SINK_WAITS = [
  {
    cause: 'window',
    what: 'the stream to acknowledge messages',
    count: 'publish-pauses',
    ms: 'publish-paused-ms',
  },
  {
    cause: 'backlog',
    what: 'the sink to take messages',
    count: 'backlog-pauses',
    ms: 'backlog-paused-ms',
  },
] as const;
