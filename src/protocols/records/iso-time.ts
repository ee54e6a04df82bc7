/**
 * What AT Protocol calls a datetime: RFC 3339 with seconds, a capital T, and Z or an offset that is not `-00:00`.
 * Source: the AT Protocol's Lexicon specification, string formats.
 */
const DATETIME =
  /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,20})?(?:Z|(?!-00:00)[+-](?:[01]\d|2[0-3]):[0-5]\d)$/;
const MICROSECONDS = 1000;
const ISO_CHARACTERS = '0001-01-01T00:00:00.000Z'.length;
const SECONDS_END = '0001-01-01T00:00:00'.length;
const MILLISECONDS_DIGITS = 3;
/** `+02:00`. */
const OFFSET_CHARACTERS = 6;
const YEAR_ZERO_MS = Date.parse('0000-01-01T00:00:00.000Z');
/** Databases agree on the years 1 to 9999 only. */
const FIRST_MS = Date.parse('0001-01-01T00:00:00.000Z');
const LAST_MS = Date.parse('9999-12-31T23:59:59.999Z');

/** @returns the same time in UTC with milliseconds, or null where no such time exists in the years 1 to 9999. */
export function isoTimeOf(text: string): string | null {
  if (!isDatetime(text)) return null;
  const utc = text.endsWith('Z');
  if (!utc) return isoTimeOfMs(Date.parse(withMilliseconds(text, OFFSET_CHARACTERS)));
  if (text.startsWith('0000')) return null;
  return text.length === ISO_CHARACTERS ? text : withMilliseconds(text, 1);
}

/**
 * The same time with three digits behind the seconds. More than nine with zeros in front come to something else in
 * `Date.parse` (V8 13.6).
 */
function withMilliseconds(text: string, zoneCharacters: number): string {
  const zoneAt = text.length - zoneCharacters;
  const digits = text.slice(SECONDS_END + 1, Math.min(SECONDS_END + 4, zoneAt));
  const milliseconds = digits.padEnd(MILLISECONDS_DIGITS, '0');
  return `${text.slice(0, SECONDS_END)}.${milliseconds}${text.slice(zoneAt)}`;
}

/** Of a day that exists; any year of four digits, in UTC as well. */
export function isDatetime(text: string): boolean {
  if (!DATETIME.test(text)) return false;
  if (text.startsWith('0000') && Date.parse(text) < YEAR_ZERO_MS) return false;
  const day = Number(text.slice(8, 10));
  return day <= 28 || day <= daysOf(Number(text.slice(0, 4)), Number(text.slice(5, 7)));
}

/** @param timeUs Unix time in µs. */
export function isoTimeOfUs(timeUs: number): string | null {
  return isoTimeOfMs(Math.floor(timeUs / MICROSECONDS));
}

function isoTimeOfMs(ms: number): string | null {
  return ms >= FIRST_MS && ms <= LAST_MS ? new Date(ms).toISOString() : null;
}

function daysOf(year: number, month: number): number {
  if (month !== 2) return [4, 6, 9, 11].includes(month) ? 30 : 31;
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
}
