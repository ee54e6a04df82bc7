/** Whole digits, then a fraction. Longer ones are no measure of anything. */
const DECIMAL = /^(-?)(\d{1,30})(?:\.(\d{1,30}))?$/;
const FRACTION_DIGITS_MAX = 20;

/**
 * The one way to write a decimal: no plus, no exponent, no needless zeros, no negative zero. AT Protocol has no floats,
 * so decimals come as text; integers and the floats of older writers are taken as well.
 * @returns null for what is no decimal of at most 30 digits on either side of the point.
 */
export function decimalText(value: unknown): string | null {
  if (typeof value === 'number') return Number.isFinite(value) ? canonical(plain(value)) : null;
  return typeof value === 'string' ? canonical(value) : null;
}

function plain(value: number): string {
  const text = `${value}`;
  return text.includes('e-') ? value.toFixed(FRACTION_DIGITS_MAX) : text;
}

function canonical(text: string): string | null {
  const parts = DECIMAL.exec(text);
  if (parts === null) return null;
  const [, sign = '', whole = '', fraction = ''] = parts;
  const digits = whole.replace(/^0+(?=\d)/, '');
  const rest = fraction.replace(/0+$/, '');
  if (digits === '0' && rest === '') return '0';
  return rest === '' ? `${sign}${digits}` : `${sign}${digits}.${rest}`;
}
