import { encodeGeohash } from '../../src/protocols/records/geohash.ts';

/**
 * How the seed's search moves a point before it shows it: by its own geohash of eight characters and nothing secret.
 * Source: subculture-collective/subcults at 0b8c4c03, internal/api/search_handlers.go, as a formula.
 */

interface Point {
  readonly lat: number;
  readonly lng: number;
}

export function seedOffset(geohash8: string): Point {
  let h = 0n;
  for (let index = 0; index < geohash8.length; index++) {
    h = BigInt.asUintN(64, h * 31n + BigInt(geohash8.charCodeAt(index) + index));
  }
  const size = (value: bigint) => 0.005 + Number(value % 1000n) / 100_000;
  const sign = (value: bigint) => (value % 2n === 0n ? -1 : 1);
  return {
    lat: size(h) * sign(h / 1_000_000n),
    lng: size(h / 1000n) * sign(h / 2_000_000n),
  };
}

export function seedSearchJitter(point: Point): Point {
  const offset = seedOffset(encodeGeohash(point, 8));
  return { lat: point.lat + offset.lat, lng: point.lng + offset.lng };
}
