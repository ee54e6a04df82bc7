import { decodeSendCode } from './decode-generation-0.ts';
import { InstructionReader } from './instruction-reader.ts';
import { discriminatorOf, type IqInstruction, malformed } from './iq-instruction.ts';

/**
 * Generation 3, the current program. Source: IQCoreTeam/iqlabs-solana-sdk `idl/code_in.json`;
 * the byte vectors of the tests come from the npm package.
 *
 * All five closing instructions end in `on_chain_path string, metadata string,
 * session Option<{seq u64, total_chunks u32}>` and have the session at account 4; three of them
 * have two byte lists before that. Accounts were appended over time and an absent optional one is
 * written as the program id, so the number of accounts says nothing. Bytes after the last field
 * are left alone, as Anchor leaves them (`..._for_free` keeps a proof there).
 */
const SEND_CODE = 'ef8123d03ea86ec9';
const CREATE_SESSION = 'f2c18fb396197ae3';
const POST_CHUNK = 'd108657ba5cd6c36';
/** Discriminator of each closing instruction, and how many byte lists precede `on_chain_path`. */
const CLOSING: ReadonlyMap<string, number> = new Map([
  ['51b1057ad57d15ee', 0], // user_inventory_code_in
  ['18c287f77d33432f', 0], // user_inventory_code_in_for_free
  ['2664a5f26389ce6c', 2], // db_code_in: db_root_id, table_seed
  ['1e0b64c9e07925a3', 2], // db_instruction_code_in: the same
  ['ccd7f49131b75e94', 2], // wallet_connection_code_in: db_root_id, connection_seed
]);
const CREATE_SESSION_ACCOUNT = 2;
const POST_CHUNK_SESSION_ACCOUNT = 1;
const CLOSING_SESSION_ACCOUNT = 4;
/** The SDK's own rule: a path of this many characters or more is a signature, a linked list's tail. */
const SIGNATURE_CHARACTERS_MIN = 80;

export function decodeGeneration3(data: Uint8Array): IqInstruction | undefined {
  const discriminator = discriminatorOf(data);
  if (discriminator === POST_CHUNK) return decodePostChunk(data);
  if (discriminator === SEND_CODE) return decodeSendCode(data);
  if (discriminator === CREATE_SESSION) return decodeCreateSession(data);
  const byteLists = CLOSING.get(discriminator);
  return byteLists === undefined ? undefined : decodeClosing(data, byteLists);
}

function decodePostChunk(data: Uint8Array): IqInstruction {
  const reader = new InstructionReader(data, 8);
  const index = reader.u32('chunk index');
  const payload = reader.utf8Bytes('chunk');
  const method = reader.u8('method');
  reader.u8('decode_break');
  if (reader.fault !== null) return malformed(`post_chunk: ${reader.fault}`);
  return {
    type: 'chunk',
    sessionAccount: POST_CHUNK_SESSION_ACCOUNT,
    sessionId: null,
    index,
    method,
    payload,
  };
}

function decodeCreateSession(data: Uint8Array): IqInstruction {
  const reader = new InstructionReader(data, 8);
  const seq = reader.u64Text('seq');
  if (reader.fault !== null) return malformed(`create_session: ${reader.fault}`);
  return { type: 'create', sessionAccount: CREATE_SESSION_ACCOUNT, seq };
}

function decodeClosing(data: Uint8Array, byteLists: number): IqInstruction {
  const reader = new InstructionReader(data, 8);
  for (let list = 0; list < byteLists; list++) reader.lengthPrefixed('seed');
  const path = reader.text('on_chain_path');
  const metadata = reader.text('metadata');
  const hasSession = reader.u8('session option');
  const seq = hasSession === 1 ? reader.u64Text('seq') : null;
  const totalChunks = hasSession === 1 ? reader.u32('total_chunks') : 0;
  if (reader.fault !== null) return malformed(`closing instruction: ${reader.fault}`);
  if (hasSession > 1) return malformed(`closing instruction: session option ${hasSession}`);
  if (path === '') return { type: 'inline', metadata };
  if (path.length >= SIGNATURE_CHARACTERS_MIN) {
    return { type: 'tail', tailSignature: path, metadata, contentType: null, offset: null };
  }
  if (seq === null) return malformed('closing instruction: a session path without a session');
  return {
    type: 'finalize',
    sessionAccount: CLOSING_SESSION_ACCOUNT,
    claimedSession: path,
    sessionId: null,
    totalChunks,
    merkleRoot: null,
    seq,
    metadata,
  };
}
