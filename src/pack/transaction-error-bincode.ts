import type { JsonPlace } from './json-place.ts';

/** Variants of `TransactionError` in bincode order. Source: anza-xyz/solana-sdk, transaction-error. */
const TRANSACTION_ERRORS = [
  'AccountInUse',
  'AccountLoadedTwice',
  'AccountNotFound',
  'ProgramAccountNotFound',
  'InsufficientFundsForFee',
  'InvalidAccountForFee',
  'AlreadyProcessed',
  'BlockhashNotFound',
  'InstructionError',
  'CallChainTooDeep',
  'MissingSignatureForFee',
  'InvalidAccountIndex',
  'SignatureFailure',
  'InvalidProgramForExecution',
  'SanitizeFailure',
  'ClusterMaintenance',
  'AccountBorrowOutstanding',
  'WouldExceedMaxBlockCostLimit',
  'UnsupportedVersion',
  'InvalidWritableAccount',
  'WouldExceedMaxAccountCostLimit',
  'WouldExceedAccountDataBlockLimit',
  'TooManyAccountLocks',
  'AddressLookupTableNotFound',
  'InvalidAddressLookupTableOwner',
  'InvalidAddressLookupTableData',
  'InvalidAddressLookupTableIndex',
  'InvalidRentPayingAccount',
  'WouldExceedMaxVoteCostLimit',
  'WouldExceedAccountDataTotalLimit',
  'DuplicateInstruction',
  'InsufficientFundsForRent',
  'MaxLoadedAccountsDataSizeExceeded',
  'InvalidLoadedAccountsDataSizeLimit',
  'ResanitizationNeeded',
  'ProgramExecutionTemporarilyRestricted',
  'UnbalancedTransaction',
  'ProgramCacheHitMaxLimit',
  'CommitCancelled',
];

/** Variants of `InstructionError` in bincode order. Source: anza-xyz/solana-sdk, instruction-error. */
const INSTRUCTION_ERRORS = [
  'GenericError',
  'InvalidArgument',
  'InvalidInstructionData',
  'InvalidAccountData',
  'AccountDataTooSmall',
  'InsufficientFunds',
  'IncorrectProgramId',
  'MissingRequiredSignature',
  'AccountAlreadyInitialized',
  'UninitializedAccount',
  'UnbalancedInstruction',
  'ModifiedProgramId',
  'ExternalAccountLamportSpend',
  'ExternalAccountDataModified',
  'ReadonlyLamportChange',
  'ReadonlyDataModified',
  'DuplicateAccountIndex',
  'ExecutableModified',
  'RentEpochModified',
  'NotEnoughAccountKeys',
  'AccountDataSizeChanged',
  'AccountNotExecutable',
  'AccountBorrowFailed',
  'AccountBorrowOutstanding',
  'DuplicateAccountOutOfSync',
  'Custom',
  'InvalidError',
  'ExecutableDataModified',
  'ExecutableLamportChange',
  'ExecutableAccountNotRentExempt',
  'UnsupportedProgramId',
  'CallDepth',
  'MissingAccount',
  'ReentrancyNotAllowed',
  'MaxSeedLengthExceeded',
  'InvalidSeeds',
  'InvalidRealloc',
  'ComputationalBudgetExceeded',
  'PrivilegeEscalation',
  'ProgramEnvironmentSetupFailure',
  'ProgramFailedToComplete',
  'ProgramFailedToCompile',
  'Immutable',
  'IncorrectAuthority',
  'BorshIoError',
  'AccountNotRentExempt',
  'InvalidAccountOwner',
  'ArithmeticOverflow',
  'UnsupportedSysvar',
  'IllegalOwner',
  'MaxAccountsDataAllocationsExceeded',
  'MaxAccountsExceeded',
  'MaxInstructionTraceLengthExceeded',
  'BuiltinProgramsMustConsumeComputeUnits',
];

/** Variants whose content is one account index in a struct, against those with a bare index. */
const WITH_ACCOUNT_INDEX = ['InsufficientFundsForRent', 'ProgramExecutionTemporarilyRestricted'];

/**
 * An `err` of RPC JSON as the bincode bytes that status metadata stores.
 * @throws {OperatingError} RECORD_MALFORMED for an error no release of Solana writes.
 */
export function encodeTransactionError(place: JsonPlace): Buffer {
  if (typeof place.value === 'string') {
    return u32(variantOf(place, TRANSACTION_ERRORS, place.value));
  }
  const { name, content } = place.variant();
  const variant = u32(variantOf(place, TRANSACTION_ERRORS, name));
  if (name === 'InstructionError') {
    const [index, error] = content.items();
    if (index === undefined || error === undefined) throw content.wrong('[index, error]');
    return Buffer.concat([variant, u8(index), encodeInstructionError(error)]);
  }
  if (name === 'DuplicateInstruction') return Buffer.concat([variant, u8(content)]);
  if (WITH_ACCOUNT_INDEX.includes(name)) {
    return Buffer.concat([variant, u8(content.field('account_index'))]);
  }
  throw place.wrong('a transaction error with content');
}

function encodeInstructionError(place: JsonPlace): Buffer {
  if (typeof place.value === 'string') {
    return u32(variantOf(place, INSTRUCTION_ERRORS, place.value));
  }
  const { name, content } = place.variant();
  const variant = u32(variantOf(place, INSTRUCTION_ERRORS, name));
  if (name === 'Custom') return Buffer.concat([variant, u32(content.count(0xffff_ffff))]);
  // Releases before the error lost its text stored it as a string with a u64 length.
  if (name === 'BorshIoError') {
    const text = Buffer.from(content.text());
    return Buffer.concat([variant, u32(text.length), u32(0), text]);
  }
  throw place.wrong('an instruction error with content');
}

function variantOf(place: JsonPlace, names: readonly string[], name: string): number {
  const variant = names.indexOf(name);
  if (variant < 0) throw place.wrong('the name of a transaction error');
  return variant;
}

function u8(place: JsonPlace): Buffer {
  return Buffer.from([place.count(0xff)]);
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}
