import type { RecordPlace } from '../src/model/record-change.ts';
import { encodeGeohash } from '../src/protocols/records/geohash.ts';

export const CITIES = 200;
/** Degrees that venues lie from the middle of their city at most; half of them within two kilometres. */
const [SPREAD_LAT, SPREAD_LNG] = [0.04, 0.06];
const COARSE_CHARACTERS = 6;
/** Each third owner lets the exact place be seen. */
const PRECISE_OF = 3;

/** Numbers from 0 to 1, always the same: xorshift32, Marsaglia 2003. */
function numbersFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

/**
 * Places of venues, one after the other: in cities of all sizes, the largest with some tens of times as many as the
 * smallest, and denser towards the middle of each.
 */
export function cityPlaces(): () => RecordPlace {
  const random = numbersFrom(20_261_128);
  const cities = Array.from({ length: CITIES }, () => {
    return { lat: random() * 110 - 45, lng: random() * 340 - 170 };
  });
  const away = () => (random() + random() + random() + random() - 2) / 2;
  let made = 0;
  return () => {
    const city = cities[Math.floor(random() ** 2 * CITIES)];
    if (city === undefined) throw new Error('there is no such city');
    const point = { lat: city.lat + away() * SPREAD_LAT, lng: city.lng + away() * SPREAD_LNG };
    const allowPrecise = made++ % PRECISE_OF === 0;
    return {
      ...{ allowPrecise, precisePoint: allowPrecise ? point : null },
      ...{ coarseGeohash: encodeGeohash(point, COARSE_CHARACTERS), displayPoint: point },
    };
  };
}
