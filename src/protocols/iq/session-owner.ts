import type { IqCreate, IqFinalize } from '../../model/iq-record.ts';
import { compareOnChain } from './chain-order.ts';
import { sessionAddressOf } from './session-address.ts';
import type { SessionEvidence } from './session-evidence.ts';

export interface SessionOwner {
  /** Base58, or null while nothing tells. */
  readonly owner: string | null;
  /** True when the session address itself derives from the owner (generation 3 only). */
  readonly proven: boolean;
}

/**
 * Whose chunks count. In order of trust: the signer from whom the session address derives (not even
 * a failed transaction can forge that), the signer of the first successful create, the signer of
 * the last successful finalize.
 */
export function sessionOwnerOf<Ref>(evidence: SessionEvidence<Ref>): SessionOwner {
  for (const record of [...evidence.creates, ...evidence.finalizes]) {
    if (evidence.generation === '3' && derivesSession(record)) {
      return { owner: record.signer, proven: true };
    }
  }
  const create = evidence.creates.filter(succeeded).sort(compareOnChain).at(0);
  const finalize = evidence.finalizes.filter(succeeded).sort(compareOnChain).at(-1);
  return { owner: (create ?? finalize)?.signer ?? null, proven: false };
}

function derivesSession({ program, signer, seq, session }: IqCreate | IqFinalize): boolean {
  return seq !== null && sessionAddressOf(program, signer, seq) === session;
}

function succeeded(record: { readonly failed: boolean }): boolean {
  return !record.failed;
}
