import { constants, zstdCompressSync } from 'node:zlib';

/** As the archive stores metadata and rewards: fastest level, checksum, no content size in the frame's head. */
const PARAMS = {
  [constants.ZSTD_c_compressionLevel]: 1,
  [constants.ZSTD_c_checksumFlag]: 1,
  [constants.ZSTD_c_contentSizeFlag]: 0,
};

/** The zstd frame around protobuf bytes, the form in which an archive holds them. */
export function storedPayload(protobuf: Uint8Array): Buffer {
  return zstdCompressSync(protobuf, { params: PARAMS });
}
