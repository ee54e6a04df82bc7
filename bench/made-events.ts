import type { CommitEvent, JsonObject } from '../src/model/stream-event.ts';
import { atUri, commitEvent, didOf, sceneEvent, tid } from '../tests/support/subcult-events.ts';

/** Of ten events two are scenes; the others refer to the first of these two. */
const EVENTS_OF_SCENES = 10;

type Made = readonly [collection: string, record: JsonObject];

/**
 * Events of `app.subcult.*` as a busy day may have them: of ten two scenes, two events, four posts, an alliance and a
 * membership. Each is a record of its own, behind what it refers to.
 */
export function madeEvents(count: number, from = 0): CommitEvent[] {
  return Array.from({ length: count }, (_, index) => madeEvent(from + index));
}

function madeEvent(number: number): CommitEvent {
  const place = number % EVENTS_OF_SCENES;
  const first = number - place;
  if (place < 2) return sceneEvent(number);
  const [collection, record] = recordAt(place, number, first);
  const did = didOf(collection === 'event' || collection === 'alliance' ? first : number);
  return commitEvent({ did, collection, rkey: tid(number), at: number, record });
}

function recordAt(place: number, number: number, first: number): Made {
  const scene = atUri(didOf(first), 'scene', tid(first));
  const second = atUri(didOf(first + 1), 'scene', tid(first + 1));
  if (place < 4) {
    const times = { startsAt: '2026-08-01T20:00:00Z', endsAt: '2026-08-02T04:00:00Z' };
    const location = { lat: '52.5200', lng: '13.4050', allowPrecise: true };
    const name = `Night ${number}`;
    return ['event', { name, sceneId: tid(first), ...times, location, tags: ['techno'] }];
  }
  if (place < 8) return ['post', { text: `See you there, ${number} of you`, sceneId: scene }];
  if (place === 8) {
    return ['alliance', { fromSceneId: tid(first), toSceneId: second, weight: '0.85' }];
  }
  return ['membership', { sceneId: scene, role: 'member' }];
}
