import { accountsContract } from './record-contract/accounts.ts';
import type { OpenContractDatabase } from './record-contract/contract-database.ts';
import { cursorsContract } from './record-contract/cursors.ts';
import { orderingContract } from './record-contract/ordering.ts';
import { placesContract } from './record-contract/places.ts';
import { referencesContract } from './record-contract/references.ts';
import { refusalsContract } from './record-contract/refusals.ts';

/** Registers what every store of records must pass; `name` begins the titles. */
export function recordStoreContract(name: string, open: OpenContractDatabase): void {
  const contract = { name, open };
  orderingContract(contract);
  referencesContract(contract);
  accountsContract(contract);
  cursorsContract(contract);
  refusalsContract(contract);
  placesContract(contract);
}
