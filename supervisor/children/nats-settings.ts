export interface NatsSettingsOptions {
  readonly port: number;
  readonly monitorPort: number;
  readonly storeDir: string;
  /** Most bytes JetStream may keep on disk. */
  readonly storeBytesMax: number;
}

const MIB = 2 ** 20;

/** Twice what the streams take, so that a message at their bound still fits with the headers of a dead letter. */
const PAYLOAD_BYTES_MAX = 2 * MIB;

/**
 * nats-server's settings file: loopback only, streams in files, monitoring for the probe.
 * Only names that version 2.9 knows. Source: NATS documentation, "Configuring NATS Server".
 */
export function natsSettings(options: NatsSettingsOptions): string {
  const { port, monitorPort, storeDir, storeBytesMax } = options;
  return `server_name: "millrace"
listen: "127.0.0.1:${port}"
http: "127.0.0.1:${monitorPort}"
max_payload: ${PAYLOAD_BYTES_MAX}
logtime: true
jetstream {
  store_dir: ${JSON.stringify(storeDir)}
  max_memory_store: ${64 * MIB}
  max_file_store: ${storeBytesMax}
}
`;
}
