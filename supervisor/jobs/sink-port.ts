import { setTimeout as sleep } from 'node:timers/promises';
import { errorText } from '../../src/core/errors.ts';
import type { SinkStatus } from '../../src/model/sink-status.ts';

/** What jobs ask of the process that brings swaps into ClickHouse, whichever runs at the moment. */
export interface SinkPort {
  /** Resolves when the streams are there and the sink is about to take from them. */
  ready(warn: (text: string) => void, signal: AbortSignal): Promise<void>;
  /** Resolves when ClickHouse holds everything that stood in the stream when it was called. */
  drained(warn: (text: string) => void, signal: AbortSignal): Promise<void>;
  /** Resolves when the candles of all that ClickHouse held when it was called are built and published. */
  candlesBuilt(warn: (text: string) => void, signal: AbortSignal): Promise<void>;
}

const POLL_MS = 100;
const REQUEST_TIMEOUT_MS = 5_000;

/**
 * The sink over its HTTP port on loopback. It is waited for as long as it takes: what it has to do is durable.
 * @param complaintMs between two sentences about a sink that takes long.
 */
export function sinkPortAt(base: string, complaintMs: number): SinkPort {
  return {
    ready: async (warn, signal) => {
      await new PatientClient(base, complaintMs, warn).ask('GET', '/status', signal);
    },
    drained: async (warn, signal) => {
      const client = new PatientClient(base, complaintMs, warn);
      const { stream } = await client.ask('GET', '/status', signal);
      const last = stream?.lastSequence ?? 0;
      while (true) {
        const { stream: now, lastFault } = await client.ask('GET', '/status', signal);
        // A work queue keeps what nobody has acknowledged, and nothing else.
        if (now === null || now.messages === 0 || now.firstSequence > last) return;
        client.complain(`${now.messages} messages wait in the stream${reasonOf(lastFault)}`);
        await sleep(POLL_MS, undefined, { signal });
      }
    },
    candlesBuilt: async (warn, signal) => {
      const client = new PatientClient(base, complaintMs, warn);
      let asked = await client.ask('POST', '/candles', signal);
      while (true) {
        const now = await client.ask('GET', '/status', signal);
        // A sink that was started anew knows nothing of what the one before was asked.
        if (now.boot !== asked.boot) asked = await client.ask('POST', '/candles', signal);
        else if (now.candles.passesDone >= asked.candles.passesAsked) return;
        client.complain(`candles are being built${reasonOf(now.lastFault)}`);
        await sleep(POLL_MS, undefined, { signal });
      }
    },
  };
}

function reasonOf(lastFault: string | null): string {
  return lastFault === null ? '' : `; its last fault: ${lastFault}`;
}

class PatientClient {
  readonly #base: string;
  readonly #complaintMs: number;
  readonly #warn: (text: string) => void;
  #complainedAt = performance.now();

  constructor(base: string, complaintMs: number, warn: (text: string) => void) {
    this.#base = base;
    this.#complaintMs = complaintMs;
    this.#warn = warn;
  }

  async ask(method: 'GET' | 'POST', path: string, signal: AbortSignal): Promise<SinkStatus> {
    while (true) {
      signal.throwIfAborted();
      try {
        const limit = AbortSignal.any([signal, AbortSignal.timeout(REQUEST_TIMEOUT_MS)]);
        const reply = await fetch(`${this.#base}${path}`, { method, signal: limit });
        if (reply.ok) return (await reply.json()) as SinkStatus;
        this.complain(`status ${reply.status}`);
      } catch (error) {
        signal.throwIfAborted();
        this.complain(errorText(error));
      }
      await sleep(POLL_MS, undefined, { signal });
    }
  }

  /** Says what is waited for, now and then. */
  complain(reason: string): void {
    if (performance.now() - this.#complainedAt < this.#complaintMs) return;
    this.#complainedAt = performance.now();
    this.#warn(`still waiting for the sink of swaps: ${reason}`);
  }
}
