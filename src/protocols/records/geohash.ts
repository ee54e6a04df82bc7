import type { GeoPoint } from '../../model/record-change.ts';

/**
 * Geohash as the seed counts it: a point on the middle of a cell belongs to its south-western half. PostGIS puts such
 * points into the other half, so nothing may compare the two.
 */

const ALPHABET = '0123456789bcdefghjkmnpqrstuvwxyz';
const FOREIGN = /[^0-9b-hjkmnp-z]/;
const BITS_OF_CHARACTER = 5;

/** Degrees; the southern and western edges are outside, but for those of the world. */
export interface GeohashCell {
  readonly south: number;
  readonly north: number;
  readonly west: number;
  readonly east: number;
}

/** Of a point inside ±90° and ±180°. */
export function encodeGeohash(point: GeoPoint, precision: number): string {
  const lat = { low: -90, high: 90 };
  const lng = { low: -180, high: 180 };
  let text = '';
  let index = 0;
  for (let bit = 0; bit < precision * BITS_OF_CHARACTER; bit++) {
    const east = bit % 2 === 0;
    const upper = halve(east ? lng : lat, east ? point.lng : point.lat);
    index = index * 2 + (upper ? 1 : 0);
    if (bit % BITS_OF_CHARACTER !== BITS_OF_CHARACTER - 1) continue;
    text += ALPHABET.charAt(index);
    index = 0;
  }
  return text;
}

function halve(range: { low: number; high: number }, value: number): boolean {
  const middle = (range.low + range.high) / 2;
  const upper = value > middle;
  if (upper) range.low = middle;
  else range.high = middle;
  return upper;
}

/** @returns null for text that is no geohash. */
export function geohashCell(geohash: string): GeohashCell | null {
  if (geohash === '' || FOREIGN.test(geohash)) return null;
  const lat = { low: -90, high: 90 };
  const lng = { low: -180, high: 180 };
  for (let bit = 0; bit < geohash.length * BITS_OF_CHARACTER; bit++) {
    const character = ALPHABET.indexOf(geohash.charAt(Math.floor(bit / BITS_OF_CHARACTER)));
    const upper = (character >> (BITS_OF_CHARACTER - 1 - (bit % BITS_OF_CHARACTER))) & 1;
    const range = bit % 2 === 0 ? lng : lat;
    const middle = (range.low + range.high) / 2;
    if (upper === 1) range.low = middle;
    else range.high = middle;
  }
  return { south: lat.low, north: lat.high, west: lng.low, east: lng.high };
}

/** The cell around a cell; empty for what is no geohash, and for a precision below one. */
export function roundGeohash(geohash: string, precision: number): string {
  const lower = geohash.toLowerCase();
  return precision < 1 || FOREIGN.test(lower) ? '' : lower.slice(0, precision);
}
