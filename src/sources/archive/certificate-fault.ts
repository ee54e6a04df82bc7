import type { OperatingError } from '../../core/errors.ts';
import { unreachable } from './archive-errors.ts';

/**
 * Codes of a server certificate that was not believed, such as `CERT_HAS_EXPIRED`,
 * `DEPTH_ZERO_SELF_SIGNED_CERT` or `UNABLE_TO_GET_ISSUER_CERT_LOCALLY`.
 * Source: Node.js, "X509 certificate error codes", and its own `ERR_TLS_CERT_ALTNAME_INVALID`.
 */
const CERTIFICATE_CODES =
  /CERT|CRL|^INVALID_(CA|PURPOSE)$|^PATH_LENGTH_EXCEEDED$|^HOSTNAME_MISMATCH$|^UNABLE_TO_VERIFY_LEAF/;

/**
 * The error for a certificate fault, or undefined for any other. Another try would meet the same
 * certificate, so this one is not retryable, unlike all that networks do.
 */
export function certificateFault(error: Error, url: string): OperatingError | undefined {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (!CERTIFICATE_CODES.test(code)) return undefined;
  return unreachable(
    `reading ${url}: expected a certificate that this machine trusts, received one with ${code} (${error.message}); NODE_EXTRA_CA_CERTS names a file of further authorities to trust`,
    { url, certificate: code },
    { retryable: false, cause: error },
  );
}
