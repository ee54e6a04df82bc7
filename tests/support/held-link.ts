import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import type { TestContext } from 'node:test';

/** A way to a server on which all that the server says can be kept back: the network at an unlucky moment. */
export interface HeldLink {
  readonly port: number;
  /** Resolves when the client says this. From then on, nothing that the server says arrives. */
  heldFrom(text: string): Promise<void>;
  /** Lets through what was kept back, and all that follows. */
  release(): void;
}

/** For one client. It ends with the test. */
export async function heldLink(t: TestContext, serverPort: number): Promise<HeldLink> {
  const upstream = connect(serverPort, '127.0.0.1');
  const server = createServer().listen(0, '127.0.0.1');
  await Promise.all([once(upstream, 'connect'), once(server, 'listening')]);
  let client: Socket | undefined;
  let wait: { readonly text: string; readonly heard: () => void } | null = null;
  server.on('connection', (socket) => {
    client = socket;
    socket.on('data', (bytes) => {
      if (wait !== null && bytes.includes(wait.text)) {
        upstream.unpipe(socket);
        wait.heard();
        wait = null;
      }
      upstream.write(bytes);
    });
    upstream.pipe(socket);
  });
  t.after(() => {
    for (const socket of [upstream, client]) socket?.destroy();
    server.close();
  });
  return {
    port: (server.address() as AddressInfo).port,
    heldFrom: (text) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      wait = { text, heard: resolve };
      return promise;
    },
    release: () => {
      if (client !== undefined) upstream.pipe(client);
    },
  };
}
