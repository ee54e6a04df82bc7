import type { IqGeneration } from '../../model/iq-record.ts';

/**
 * src/protocols/iq owns what IQ Labs' programs mean: instruction layouts, which of them a filter
 * reads, how chunks become a file and how that file is named. It does no I/O and keeps no state
 * between calls; reading transactions and storing records belong to sources and store.
 */

export interface KnownIqProgram {
  readonly id: string;
  readonly generation: IqGeneration;
}

/**
 * Programs whose layout is published. Generation 1L is missing because its program id never was:
 * it is read only where a user lists the id together with the mode `legacy` or `passthrough`.
 *
 * Sources: FG5n… is the address in IQ6900's `idl.json`; 4jB7… is the default of IQDBWebsite's and
 * iq-plugin's "Pinocchio" readers; 9KLL… is the address in IQCoreTeam/iqlabs-solana-sdk's
 * `idl/code_in.json` since February 2026.
 */
export const KNOWN_IQ_PROGRAMS: readonly KnownIqProgram[] = [
  { id: 'FG5nDUjz4S1FBs2rZrXsKsa7J34e21WF17F8nFL9uwWi', generation: '0' },
  { id: '4jB7tZybufNfgs8HRj9DiSCMYfEqb8jWkxKcnZnA1vBt', generation: '1P' },
  { id: '9KLLchQVJpGkw4jPuUmnvqESdR7mtNCYr3qS4iQLabs', generation: '3' },
];
