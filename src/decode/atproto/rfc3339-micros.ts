const DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
const MICROS_DIGITS = 6;
const FRACTION_DIGITS_MAX = 20;

/**
 * Unix time in µs of an RFC 3339 time from 1970 on, such as `2026-07-04T14:38:07.517123Z`; digits beyond the sixth
 * are cut off. `Date.parse` knows milliseconds only.
 * @returns undefined for anything else.
 */
export function rfc3339Micros(text: string): number | undefined {
  const year = digits(text, 0, 4);
  const month = digits(text, 5, 2);
  const day = digits(text, 8, 2);
  if (!(year >= 1970 && month >= 1 && month <= 12 && day >= 1 && day <= daysOf(year, month))) {
    return undefined;
  }
  if (text[4] !== '-' || text[7] !== '-' || text[10] !== 'T') return undefined;
  const seconds = secondsOfDay(text, 11);
  let at = 19;
  let micros = 0;
  if (text[at] === '.') {
    const end = digitsEnd(text, ++at);
    if (end === at || end - at > FRACTION_DIGITS_MAX) return undefined;
    micros = digits(text.slice(at, Math.min(end, at + 6)).padEnd(MICROS_DIGITS, '0'), 0, 6);
    at = end;
  }
  const value = (Date.UTC(year, month - 1, day) / 1000 + seconds - offset(text, at)) * 1e6 + micros;
  return Number.isSafeInteger(value) ? value : undefined;
}

function secondsOfDay(text: string, at: number): number {
  const hour = digits(text, at, 2);
  const minute = digits(text, at + 3, 2);
  const second = digits(text, at + 6, 2);
  const colons = text[at + 2] === ':' && text[at + 5] === ':';
  return colons && hour < 24 && minute < 60 && second < 60
    ? hour * 3600 + minute * 60 + second
    : Number.NaN;
}

/** Seconds east of Greenwich, or NaN when no zone ends the text at `at`. */
function offset(text: string, at: number): number {
  const sign = text[at];
  if (sign === 'Z') return text.length === at + 1 ? 0 : Number.NaN;
  const hour = digits(text, at + 1, 2);
  const minute = digits(text, at + 4, 2);
  const whole = text.length === at + 6 && text[at + 3] === ':' && (sign === '+' || sign === '-');
  if (!whole || !(hour < 24 && minute < 60)) return Number.NaN;
  return (sign === '+' ? 1 : -1) * (hour * 3600 + minute * 60);
}

function daysOf(year: number, month: number): number {
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return month === 2 && leap ? 29 : (DAYS[month - 1] ?? 0);
}

/** NaN where one of them is no digit. */
function digits(text: string, start: number, count: number): number {
  let value = 0;
  for (let at = start; at < start + count; at++) {
    const digit = text.charCodeAt(at) - 0x30;
    if (!(digit >= 0 && digit <= 9)) return Number.NaN;
    value = value * 10 + digit;
  }
  return value;
}

function digitsEnd(text: string, start: number): number {
  let at = start;
  while (at < text.length && text.charCodeAt(at) >= 0x30 && text.charCodeAt(at) <= 0x39) at++;
  return at;
}
