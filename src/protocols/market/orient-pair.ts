/**
 * What a swap is as a price: which of two tokens is counted in the other, and how much of it one costs. How swaps are
 * found is not decided here, nor how they are kept.
 */

/** Mints that others are priced in, the first before those after it. All are mainnet mints of their issuers. */
const QUOTES: readonly string[] = [
  // USDC, then USDT.
  'EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v',
  'Es9vMFrzaCERmJfrF4H2FYD4KCoNkY11McCe8BenwNYB',
  // Other coins of one dollar: USDS, PYUSD, USDG, USD1, FDUSD, USDe, DAI by Wormhole, USDH, UXD.
  'USDSwr9ApdHk5bvJKMjzff41FfuX8bSxdKcR81vTwcA',
  '2b1kV6DkPAnxd5ixfnxCpjxmKwqjjaYmCZfHsFu24GXo',
  '2u1tszSeqZ3qBWF3uNGPFc8TzMk2tdiwknnRMWGWjGWH',
  'USD1ttGY1N17NEEHLmELoaybftRBUSErhqYiQzvEmuB',
  '9zNQRsGLjNKwCUU5Gq5LR8beUCPzQMVMqKAi3SSZh54u',
  'DEkqHyPN7GMRJ5cArtQFAWefqbZb33Hyf6s5iCwjEonT',
  'EjmyN6qEC1Tf1JxiG1ae7UTJhUxSwk1TCWNWqxWV4J6o',
  'USDH1SM1ojwWUga67PGrgFWUHibbjqMvuMaDkRJTgkX',
  '7kbnvuGBxxj8AG9qp8Scn56muWGaRaFqxg1FsRp3PaFT',
  // Wrapped SOL.
  'So11111111111111111111111111111111111111112',
];

const RANKS: ReadonlyMap<string, number> = new Map(QUOTES.map((mint, rank) => [mint, rank]));

/**
 * Whether the first mint is the base and the second the quote: USDC is the quote before USDT, that before other
 * dollars, those before wrapped SOL; of two other mints the smaller text is the base. The answer for the mints the
 * other way round is the opposite, so a pair has one orientation whichever way it was traded.
 */
export function isBaseOf(mint: string, other: string): boolean {
  const rank = RANKS.get(mint) ?? QUOTES.length;
  const otherRank = RANKS.get(other) ?? QUOTES.length;
  return rank === otherRank ? mint < other : rank > otherRank;
}
