import type { StreamEndpoint } from '../../model/stream-frame.ts';
import { type StreamSubscription, URL_DIDS_MAX } from './stream-url.ts';

/**
 * What a v1 server waits for when the list of accounts is too long for the address (`requireHello`), else null.
 * Source: bluesky-social/jetstream, `options_update`.
 */
export function helloOf(endpoint: StreamEndpoint, wanted: StreamSubscription): string | null {
  if (endpoint.protocol !== 'v1' || wanted.dids.length <= URL_DIDS_MAX) return null;
  return JSON.stringify({
    type: 'options_update',
    payload: {
      wantedCollections: wanted.collections,
      wantedDids: wanted.dids,
      maxMessageSizeBytes: wanted.messageBytesMax,
    },
  });
}
