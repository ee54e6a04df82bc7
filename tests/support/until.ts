import { setTimeout as sleep } from 'node:timers/promises';

/** Waits until `condition` holds, asking again and again; fails the test when it does not within the deadline. */
export async function until(
  what: string | (() => string),
  condition: () => boolean | Promise<boolean>,
  deadlineMs = 20_000,
): Promise<void> {
  const giveUpMs = performance.now() + deadlineMs;
  while (!(await condition())) {
    if (performance.now() > giveUpMs) {
      const text = typeof what === 'string' ? what : what();
      throw new Error(`not within ${deadlineMs} ms: ${text}`);
    }
    await sleep(10);
  }
}
