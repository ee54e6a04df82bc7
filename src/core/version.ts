/** The version in package.json; a test keeps both the same. */
export const VERSION = '0.1.0';

/** How we name ourselves to servers (RFC 9110, 10.1.5). */
export const USER_AGENT = `millrace/${VERSION}`;
