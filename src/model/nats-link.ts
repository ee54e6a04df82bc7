/** How to reach NATS; plain data, so that threads and child processes can be told. */
export interface NatsLink {
  /** One or more addresses, comma separated; user and password may stand in them. */
  readonly url: string;
  readonly credsFile: string | null;
  readonly caFile: string | null;
  readonly certFile: string | null;
  readonly keyFile: string | null;
  /** What the server lists the connection as. */
  readonly name: string;
}
