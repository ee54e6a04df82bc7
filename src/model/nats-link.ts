/** How to reach NATS: plain data, so that it can go to a worker thread or a child process. */
export interface NatsLink {
  /** One or more `nats://` or `tls://` addresses, comma separated; `user:password@` or `token@` in front of a host. */
  readonly url: string;
  /** Path of a credentials file (user JWT and NKey seed), read again at every connect. */
  readonly credsFile: string | null;
  /** Path of the authorities, PEM, that the server's certificate is checked with; null: those of Node. */
  readonly caFile: string | null;
  /** Paths of a certificate and its key, PEM, shown to a server that asks for one. */
  readonly certFile: string | null;
  readonly keyFile: string | null;
  /** Who connects, as the server's reports show it. */
  readonly name: string;
}
