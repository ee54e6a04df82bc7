import type { IncomingMessage } from 'node:http';

/** A server that answered, but did not open a stream. */
export interface HandshakeRefusal {
  readonly status: number;
  /** What it says, at most some hundred characters. */
  readonly text: string;
  /** Name of the error where it says one (XRPC), else null. */
  readonly error: string | null;
}

const TEXT_BYTES_MAX = 4096;
const TEXT_SHOWN_MAX = 300;

/** Reads the body, as far as anybody wants to see it. */
export async function readRefusal(response: IncomingMessage): Promise<HandshakeRefusal> {
  const parts: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const part of response) {
      parts.push(part as Buffer);
      bytes += (part as Buffer).length;
      if (bytes >= TEXT_BYTES_MAX) break;
    }
  } catch {
    // What came by then has to do: the status says enough.
  }
  const text = Buffer.concat(parts).toString('utf8').slice(0, TEXT_BYTES_MAX);
  return {
    status: response.statusCode ?? 0,
    text: text.slice(0, TEXT_SHOWN_MAX).trim(),
    error: errorNameOf(text),
  };
}

function errorNameOf(text: string): string | null {
  try {
    const body: unknown = JSON.parse(text);
    const named = typeof body === 'object' && body !== null && 'error' in body;
    return named && typeof body.error === 'string' ? body.error : null;
  } catch {
    return null;
  }
}
