/** An integer so long that a double may not hold it, from 9 * 10 ** 15 on, outside of any text. */
const LONG_INTEGER = /[:[,]\s*-?(?:9\d{15}|\d{17,})\s*[,}\]]/;

/** Third argument of a reviver: the text the value was parsed from. */
interface ReviverContext {
  readonly source?: string;
}

/** `JSON.parse` that keeps integers beyond 2^53 exact, as bigints; lamports can be that many. */
export function parseJsonText(text: string): unknown {
  if (!LONG_INTEGER.test(text)) return JSON.parse(text);
  const revive = (_key: string, value: unknown, context?: ReviverContext): unknown => {
    if (typeof value !== 'number' || Number.isSafeInteger(value)) return value;
    const source = context?.source ?? '';
    return /^-?\d+$/.test(source) ? BigInt(source) : value;
  };
  return JSON.parse(text, revive);
}
