import { readFileSync } from 'node:fs';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { fileURLToPath } from 'node:url';

/** PEM texts, as node:https takes them. */
export interface TlsCertificate {
  readonly key: string;
  readonly cert: string;
  /** Of the certificate, which is its own authority. */
  readonly file: string;
}

const authorities = getCACertificates('default');

/** One of tests/fixtures/tls: `loopback` is in order once it is trusted. */
export function tlsCertificate(name: 'loopback' | 'other-host' | 'expired'): TlsCertificate {
  const path = (extension: string): string =>
    fileURLToPath(new URL(`../fixtures/tls/${name}.${extension}`, import.meta.url));
  const read = (extension: string): string => readFileSync(path(extension), 'utf8');
  return { key: read('key'), cert: read('crt'), file: path('crt') };
}

/** From now on this process trusts the machine's authorities and these, and no others. */
export function trustOnly(...certificates: readonly TlsCertificate[]): void {
  setDefaultCACertificates([...authorities, ...certificates.map(({ cert }) => cert)]);
}
