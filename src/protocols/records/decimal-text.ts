/** Whole digits, then a fraction. Longer ones are no measure of anything. */
const DECIMAL = /^(-?)(\d{1,30})(?:\.(\d{1,30}))?$/;
const FRACTION_DIGITS_MAX = 20;
/** What a double tells apart for sure, so that comparing as numbers is comparing as decimals. */
const SIGNIFICANT_DIGITS_MAX = 15;

/**
 * The one way to write a decimal: no plus, no exponent, no needless zeros, no negative zero; digits beyond the 15th are
 * rounded off. AT Protocol has no floats, so decimals come as text; integers and the floats of older writers are taken
 * as well.
 * @returns null for what is no decimal of at most 30 digits on either side of the point.
 */
export function decimalText(value: unknown): string | null {
  const text = typeof value === 'number' ? plain(value) : value;
  const decimal = typeof text === 'string' ? canonical(text) : null;
  if (decimal === null || decimal.length <= SIGNIFICANT_DIGITS_MAX) return decimal;
  const digits = decimal.replace(/^-?0*\.?0*/, '').replace('.', '');
  if (digits.length <= SIGNIFICANT_DIGITS_MAX) return decimal;
  return canonical(plain(Number(Number(decimal).toPrecision(SIGNIFICANT_DIGITS_MAX))));
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
