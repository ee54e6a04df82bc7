import { crc32, deflateSync } from 'node:zlib';

/**
 * A picture a person can open: evening sky, a mill wheel and its stream, 200 by 120 pixels, 16
 * colours. Stored without compression, so that its bytes depend on no version of zlib.
 */
const WIDTH = 200;
const HEIGHT = 120;

/** Red, green, blue: eight of sky, sun, three of wood, three of water, dark. */
const PALETTE = [
  [36, 42, 84],
  [58, 56, 104],
  [86, 70, 122],
  [122, 84, 132],
  [162, 98, 130],
  [202, 116, 118],
  [232, 144, 104],
  [248, 182, 104],
  [255, 232, 170],
  [70, 44, 34],
  [112, 72, 48],
  [150, 104, 66],
  [30, 62, 96],
  [52, 98, 134],
  [112, 166, 186],
  [20, 22, 36],
] as const;

const SUN = 8;
const WOOD = [9, 10, 11] as const;
const WATER = [12, 13, 14] as const;
const DARK = 15;

const WHEEL = { x: 128, y: 62, radius: 40, spokes: 12 };
const WATER_LINE = 88;

function colourAt(x: number, y: number): number {
  const dx = x - WHEEL.x;
  const dy = y - WHEEL.y;
  const fromHub = Math.hypot(dx, dy);
  if (y >= WATER_LINE) return waterAt(x, y);
  if (fromHub <= WHEEL.radius) {
    const turn = (Math.atan2(dy, dx) / (2 * Math.PI) + 1) * WHEEL.spokes;
    const besideSpoke = Math.abs(turn - Math.round(turn)) * fromHub;
    if (fromHub < 6) return DARK;
    if (fromHub > WHEEL.radius - 4) return WOOD[Math.round(turn * 2) % 2 === 0 ? 1 : 2];
    if (besideSpoke < 4 || Math.abs(fromHub - 26) < 2) return WOOD[0];
  }
  if (x > 168 && y > 34) return (x + y) % 9 === 0 ? WOOD[0] : DARK;
  if (Math.hypot(x - 46, y - 58) < 15) return SUN;
  const dither = (x * 3 + y * 5) % 4 < 2 ? 0 : 0.5;
  return Math.min(7, Math.floor(y / 11.5 + dither));
}

function waterAt(x: number, y: number): number {
  const wave = Math.sin(x / 7 + y * 1.7) + Math.sin(x / 3 - y);
  if (wave > 1.25) return WATER[2];
  return wave > 0 ? WATER[1] : WATER[0];
}

function chunk(type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type), data]);
  const frame = Buffer.alloc(body.length + 8);
  frame.writeUInt32BE(data.length, 0);
  body.copy(frame, 4);
  frame.writeUInt32BE(crc32(body), body.length + 4);
  return frame;
}

/** PNG bytes (source: W3C, Portable Network Graphics). */
export function samplePicture(): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(WIDTH, 0);
  header.writeUInt32BE(HEIGHT, 4);
  // Four bits a pixel, indexed colour, no interlace.
  header.set([4, 3, 0, 0, 0], 8);
  const rows = Buffer.alloc((WIDTH / 2 + 1) * HEIGHT);
  for (let y = 0; y < HEIGHT; y++) {
    const row = y * (WIDTH / 2 + 1) + 1;
    for (let x = 0; x < WIDTH; x += 2) {
      rows[row + x / 2] = (colourAt(x, y) << 4) | colourAt(x + 1, y);
    }
  }
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', header),
    chunk('PLTE', Uint8Array.from(PALETTE.flat())),
    chunk('IDAT', deflateSync(rows, { level: 0 })),
    chunk('IEND', new Uint8Array(0)),
  ]);
}
