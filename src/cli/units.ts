const DECIMALS_BELOW = 10;

/** Bytes as people read them, decimal units: `1.3 MB`. */
export function bytesText(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${value < DECIMALS_BELOW && unit > 0 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`;
}

/** A count with thousands separated: `1,234,567`. */
export function countText(count: number): string {
  return count.toLocaleString('en-US');
}

/** `0.8 s`, `42 s`, `3 min 20 s`, `2 h 5 min`. */
export function durationText(milliseconds: number): string {
  const seconds = milliseconds / 1000;
  if (seconds < DECIMALS_BELOW) return `${seconds.toFixed(1)} s`;
  if (seconds < 60) return `${Math.round(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${Math.round(seconds % 60)} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
