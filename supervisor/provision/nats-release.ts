import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { errorText, OperatingError } from '../../src/core/errors.ts';

/** A release tarball whose content is known beforehand. */
export interface PinnedRelease {
  readonly url: string;
  /** Name of the folder inside the tarball. */
  readonly folder: string;
  readonly sha256: string;
}

const VERSION = '2.10.29';

/**
 * SHA-256 of the project's release files for Linux, by Node's name of the processor.
 * Source: nats-io/nats-docker, `2.10.x/alpine3.22/Dockerfile`, commit ef05cf93.
 */
const SHA256: Readonly<Record<string, { readonly arch: string; readonly sha256: string }>> = {
  x64: {
    arch: 'amd64',
    sha256: 'e314da74a83a1d3876db8814c27eb990fe729640fd6452025b441bcede8390da',
  },
  arm64: {
    arch: 'arm64',
    sha256: 'da4b27942ecfb4c5f0c54553d2e7f470ddda9d7581cfe8131b351a0e223ed401',
  },
};

/** The release for a machine, or null where none is pinned: nothing unknown is ever run. */
export function natsReleaseFor(platform: string, processor: string): PinnedRelease | null {
  const pin = SHA256[processor];
  if (platform !== 'linux' || pin === undefined) return null;
  const folder = `nats-server-v${VERSION}-linux-${pin.arch}`;
  const url = `https://github.com/nats-io/nats-server/releases/download/v${VERSION}/${folder}.tar.gz`;
  return { url, folder, sha256: pin.sha256 };
}

export interface ReleaseOptions {
  readonly release: PinnedRelease;
  readonly workDir: string;
  readonly say: (line: string) => void;
}

/** The tarballs are about 6 MB; a reply that goes on beyond this is not one. */
const DOWNLOAD_BYTES_MAX = 64 * 2 ** 20;
const DOWNLOAD_TIMEOUT_MS = 300_000;

/**
 * Downloads the tarball, compares its SHA-256 with the pinned one and unpacks it.
 * @returns the path of the program, inside `workDir`.
 * @throws {OperatingError} BINARY_MISSING when it cannot be had or is not the pinned file.
 */
export async function unpackNatsRelease(
  options: ReleaseOptions,
  signal: AbortSignal,
): Promise<string> {
  const { release, workDir, say } = options;
  mkdirSync(workDir, { recursive: true });
  say(`downloading the official release ${release.url}`);
  const bytes = await download(release.url, signal);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  if (sha256 !== release.sha256) {
    throw releaseError(release.url, `expected SHA-256 ${release.sha256}, received ${sha256}`);
  }
  say(`its SHA-256 is the pinned one (${sha256}); unpacking it`);
  const archive = join(workDir, 'release.tar.gz');
  writeFileSync(archive, bytes);
  const member = `${release.folder}/nats-server`;
  const { failed, stderr } = await execa('tar', ['-xzf', archive, '-C', workDir, member], {
    reject: false,
    cancelSignal: signal,
  });
  signal.throwIfAborted();
  if (failed) throw releaseError(release.url, `tar failed: ${stderr.slice(0, 500)}`);
  return join(workDir, member);
}

async function download(url: string, signal: AbortSignal): Promise<Buffer> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(DOWNLOAD_TIMEOUT_MS)]);
  const parts: Uint8Array[] = [];
  let length = 0;
  try {
    const response = await fetch(url, { signal: limit });
    if (!response.ok || response.body === null) throw new Error(`status ${response.status}`);
    for await (const part of response.body) {
      length += part.length;
      if (length > DOWNLOAD_BYTES_MAX) throw new Error(`more than ${DOWNLOAD_BYTES_MAX} bytes`);
      parts.push(part);
    }
  } catch (error) {
    signal.throwIfAborted();
    throw releaseError(url, errorText(error));
  }
  return Buffer.concat(parts);
}

function releaseError(url: string, reason: string): OperatingError {
  return new OperatingError('BINARY_MISSING', `getting ${url}: ${reason}`, {
    retryable: true,
    fields: { url },
  });
}
