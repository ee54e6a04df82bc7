/** A body slower than this is a stalled server, however regularly its drops come. */
const BYTES_PER_SECOND_MIN = 1024;

export interface ProgressWatch {
  readonly headArrived: () => void;
  readonly bytesArrived: (bytes: number) => void;
  readonly stop: () => void;
}

/**
 * Calls `onStall` once, with the reason, when the head does not come within `timeoutMs`, or when
 * fewer bytes than the lowest tolerated rate come in an interval of that length.
 */
export function watchProgress(timeoutMs: number, onStall: (reason: string) => void): ProgressWatch {
  const bytesMin = Math.max(1, Math.floor((timeoutMs / 1000) * BYTES_PER_SECOND_MIN));
  let bytes = 0;
  let head = false;
  let stopped = false;
  const stop = () => {
    stopped = true;
    clearInterval(timer);
  };
  const judge = () => {
    if (stopped) return;
    if (bytes < bytesMin) {
      stop();
      onStall(
        head
          ? `expected at least ${bytesMin} bytes of the body in ${timeoutMs} ms, ${bytes} came`
          : `expected the response head within ${timeoutMs} ms, none came`,
      );
    }
    bytes = 0;
  };
  // Timers run before sockets are read, so a thread that was busy looks at what has arrived first.
  const timer = setInterval(() => setImmediate(judge), timeoutMs);
  return {
    headArrived: () => {
      head = true;
      // The interval in which the body begins may be nearly over, so it counts as sufficient.
      bytes = bytesMin;
    },
    bytesArrived: (count) => {
      bytes += count;
    },
    stop,
  };
}
