import type { Logger } from 'pino';
import { errorText } from '../src/core/errors.ts';

/** What happens in a supervision tree; `path` is the child's ids from the root, joined by `/`. */
export type SupervisorEvent =
  | {
      readonly type: 'ready';
      readonly path: string;
      readonly pid: number | null;
      readonly tookMs: number;
    }
  | { readonly type: 'ended'; readonly path: string; readonly error: unknown }
  | { readonly type: 'finished'; readonly path: string }
  | {
      readonly type: 'silent';
      readonly path: string;
      readonly silentMs: number;
      readonly error: string;
    }
  | {
      readonly type: 'restart';
      readonly path: string;
      readonly delayMs: number;
      readonly restarts: number;
    }
  | { readonly type: 'gave-up'; readonly path: string; readonly error: unknown }
  | { readonly type: 'stopped'; readonly path: string; readonly tookMs: number }
  | { readonly type: 'stop-failed'; readonly path: string; readonly error: unknown };

/**
 * The tree's story in the log: one line an event, under the name of the child it is about.
 * @param loggerOf gives the log of a child by its id.
 */
export function logSupervisorEvent(
  loggerOf: (child: string) => Logger,
  event: SupervisorEvent,
): void {
  const { level, text } = describe(event);
  const id = event.path.slice(event.path.lastIndexOf('/') + 1);
  loggerOf(id)[level]({ child: event.path }, `${event.path} ${text}`);
}

function describe(event: SupervisorEvent): {
  readonly level: 'info' | 'warn' | 'error';
  readonly text: string;
} {
  switch (event.type) {
    case 'ready':
      return { level: 'info', text: `is ready after ${event.tookMs} ms` };
    case 'finished':
      return { level: 'info', text: 'has finished' };
    case 'stopped':
      return { level: 'info', text: `has stopped after ${event.tookMs} ms` };
    case 'restart':
      return { level: 'warn', text: `is restarted in ${event.delayMs} ms` };
    case 'silent':
      return { level: 'warn', text: `has not answered for ${Math.round(event.silentMs)} ms` };
    case 'ended':
      return { level: 'error', text: `failed: ${errorText(event.error)}` };
    case 'stop-failed':
      return { level: 'error', text: `could not be stopped: ${errorText(event.error)}` };
    case 'gave-up':
      return { level: 'error', text: `is given up: ${errorText(event.error)}` };
  }
}
