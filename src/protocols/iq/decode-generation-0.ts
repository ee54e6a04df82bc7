import { InstructionReader } from './instruction-reader.ts';
import { discriminatorOf, type IqInstruction, malformed } from './iq-instruction.ts';

/**
 * Generation 0, the first "code-in" program: linked lists only.
 * Source: IQ6900's `idl.json`, confirmed by one recorded mainnet transaction.
 *
 * | send_code | code string | before_tx string | method u8 | decode_break u8 |
 * | db_code_in, db_code_in_for_free | handle | tail_tx | type_field | offset, four strings |
 */
const SEND_CODE = 'ef8123d03ea86ec9';
const CLOSING: ReadonlySet<string> = new Set(['2664a5f26389ce6c', 'de0aa18fe8e1d713']);

export function decodeGeneration0(data: Uint8Array): IqInstruction | undefined {
  const discriminator = discriminatorOf(data);
  if (discriminator === SEND_CODE) return decodeSendCode(data);
  if (CLOSING.has(discriminator)) return decodeClosing(data);
  return undefined;
}

/** `send_code`, unchanged from generation 0 to 3. */
export function decodeSendCode(data: Uint8Array): IqInstruction {
  const reader = new InstructionReader(data, 8);
  const payload = reader.utf8Bytes('code');
  const beforeTx = reader.text('before_tx');
  const method = reader.u8('method');
  const decodeBreak = reader.u8('decode_break');
  if (reader.fault !== null) return malformed(`send_code: ${reader.fault}`);
  return { type: 'link', payload, beforeTx, method, decodeBreak };
}

function decodeClosing(data: Uint8Array): IqInstruction {
  const reader = new InstructionReader(data, 8);
  reader.text('handle');
  const tailSignature = reader.text('tail_tx');
  const contentType = reader.text('type_field');
  const offset = reader.text('offset');
  if (reader.fault !== null) return malformed(`db_code_in: ${reader.fault}`);
  return { type: 'tail', tailSignature, metadata: null, contentType, offset };
}
