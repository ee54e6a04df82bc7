/**
 * Codes of a server certificate that was not believed, such as `CERT_HAS_EXPIRED`,
 * `DEPTH_ZERO_SELF_SIGNED_CERT` or `UNABLE_TO_GET_ISSUER_CERT_LOCALLY`.
 * Source: Node.js, "X509 certificate error codes", and its own `ERR_TLS_CERT_ALTNAME_INVALID`.
 */
const CERTIFICATE_CODES =
  /CERT|CRL|^INVALID_(CA|PURPOSE)$|^PATH_LENGTH_EXCEEDED$|^HOSTNAME_MISMATCH$|^UNABLE_TO_VERIFY_LEAF/;

export interface CertificateFault {
  /** The code of OpenSSL or Node. */
  readonly code: string;
  /** What was expected and received, and the way out; for the end of a message. */
  readonly text: string;
}

/**
 * What was wrong with a server's certificate, or undefined for any other error. Another try would
 * meet the same certificate, so these are not retryable, unlike all else that networks do.
 */
export function certificateFault(error: unknown): CertificateFault | undefined {
  if (!(error instanceof Error && 'code' in error && typeof error.code === 'string')) {
    return undefined;
  }
  const { code, message } = error;
  if (!CERTIFICATE_CODES.test(code)) return undefined;
  const text = `expected a certificate that this machine trusts, received one with ${code} (${message}); NODE_EXTRA_CA_CERTS names a file of further authorities to trust`;
  return { code, text };
}
