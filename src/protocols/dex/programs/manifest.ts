import type { DexProgram } from '../dex-program.ts';

/**
 * An order book whose swap settles at once. The owner may differ from the payer in the second form, which lists it
 * before the market. Source: Bonasa-Tech/manifest, programs/manifest/src/program/instruction.rs.
 */
export const MANIFEST: DexProgram = {
  name: 'manifest',
  id: 'MNFSTqtC93rEfYHB6hF82sKdZpUDFWkViLByLd1k1Ms',
  forms: [
    { discriminator: '04', pool: 1 },
    { discriminator: '0d', pool: 2 },
  ],
  events: [],
  orderBook: true,
};
