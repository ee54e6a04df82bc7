/** Digits that a price keeps from its first one on. A u64 has at most 20, so a price against one whole token is exact. */
const SIGNIFICANT_DIGITS = 20;
/** Powers that prices of usual tokens need are made once. */
const POWERS: readonly bigint[] = Array.from({ length: 64 }, (_, power) => 10n ** BigInt(power));
const SIGNIFICANT_LIMIT = 10n ** BigInt(SIGNIFICANT_DIGITS);

/**
 * `numerator / denominator * 10^shift` as decimal text: 20 significant digits, half rounded up, without exponent and
 * without trailing zeros behind the point.
 * @param numerator, denominator greater than zero.
 */
export function decimalRatio(numerator: bigint, denominator: bigint, shift: number): string {
  // The quotient's digits before the point are as many as this, or one more.
  const magnitude = numerator.toString().length - denominator.toString().length;
  let places = SIGNIFICANT_DIGITS - magnitude;
  let scaled = places >= 0 ? numerator * powerOfTen(places) : numerator;
  let divisor = places >= 0 ? denominator : denominator * powerOfTen(-places);
  if (scaled >= divisor * SIGNIFICANT_LIMIT) {
    places--;
    if (places >= 0) scaled = numerator * powerOfTen(places);
    else divisor = denominator * powerOfTen(-places);
  }
  const digits = ((scaled * 2n + divisor) / (divisor * 2n)).toString();
  return placePoint(digits, places - shift);
}

/** The text of `digits * 10^-places`. */
function placePoint(digits: string, places: number): string {
  if (places <= 0) return digits + '0'.repeat(-places);
  const whole = digits.length > places ? digits.slice(0, -places) : '0';
  const fraction = digits.length > places ? digits.slice(-places) : digits.padStart(places, '0');
  let end = fraction.length;
  while (end > 0 && fraction.charCodeAt(end - 1) === 0x30) end--;
  return end === 0 ? whole : `${whole}.${fraction.slice(0, end)}`;
}

function powerOfTen(power: number): bigint {
  return POWERS[power] ?? 10n ** BigInt(power);
}
