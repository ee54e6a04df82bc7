import type { DexProgram } from '../dex-program.ts';

/**
 * Only a take order settles at once; other orders move one side and settle later.
 * Source of layouts: openbook-dex/openbook-v2, programs/openbook-v2/src/accounts_ix.
 */
export const OPENBOOK_V2: DexProgram = {
  name: 'openbook_v2',
  id: 'opnb2LAfJYbRMAHHvqjCwQxanZn7ReEHp1k81EohpZb',
  forms: [{ discriminator: '032c47031ac7cb55', pools: [{ pool: 2, vaults: [6, 7], user: 0 }] }],
  events: [],
  orderBook: true,
};
