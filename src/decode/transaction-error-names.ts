/**
 * Names of Solana's errors by number. A record keeps the number, so the order must never change;
 * releases only ever add names at the end.
 */

/** Variants of `TransactionError`. Source: anza-xyz/solana-sdk, transaction-error. */
export const TRANSACTION_ERROR_NAMES: readonly string[] = [
  'AccountInUse AccountLoadedTwice AccountNotFound ProgramAccountNotFound InsufficientFundsForFee',
  'InvalidAccountForFee AlreadyProcessed BlockhashNotFound InstructionError CallChainTooDeep',
  'MissingSignatureForFee InvalidAccountIndex SignatureFailure InvalidProgramForExecution',
  'SanitizeFailure ClusterMaintenance AccountBorrowOutstanding WouldExceedMaxBlockCostLimit',
  'UnsupportedVersion InvalidWritableAccount WouldExceedMaxAccountCostLimit',
  'WouldExceedAccountDataBlockLimit TooManyAccountLocks AddressLookupTableNotFound',
  'InvalidAddressLookupTableOwner InvalidAddressLookupTableData InvalidAddressLookupTableIndex',
  'InvalidRentPayingAccount WouldExceedMaxVoteCostLimit WouldExceedAccountDataTotalLimit',
  'DuplicateInstruction InsufficientFundsForRent MaxLoadedAccountsDataSizeExceeded',
  'InvalidLoadedAccountsDataSizeLimit ResanitizationNeeded ProgramExecutionTemporarilyRestricted',
  'UnbalancedTransaction ProgramCacheHitMaxLimit CommitCancelled',
].flatMap((names) => names.split(' '));

/** Variants of `InstructionError`. Source: anza-xyz/solana-sdk, instruction-error. */
export const INSTRUCTION_ERROR_NAMES: readonly string[] = [
  'GenericError InvalidArgument InvalidInstructionData InvalidAccountData AccountDataTooSmall',
  'InsufficientFunds IncorrectProgramId MissingRequiredSignature AccountAlreadyInitialized',
  'UninitializedAccount UnbalancedInstruction ModifiedProgramId ExternalAccountLamportSpend',
  'ExternalAccountDataModified ReadonlyLamportChange ReadonlyDataModified DuplicateAccountIndex',
  'ExecutableModified RentEpochModified NotEnoughAccountKeys AccountDataSizeChanged',
  'AccountNotExecutable AccountBorrowFailed AccountBorrowOutstanding DuplicateAccountOutOfSync',
  'Custom InvalidError ExecutableDataModified ExecutableLamportChange',
  'ExecutableAccountNotRentExempt UnsupportedProgramId CallDepth MissingAccount',
  'ReentrancyNotAllowed MaxSeedLengthExceeded InvalidSeeds InvalidRealloc',
  'ComputationalBudgetExceeded PrivilegeEscalation ProgramEnvironmentSetupFailure',
  'ProgramFailedToComplete ProgramFailedToCompile Immutable IncorrectAuthority BorshIoError',
  'AccountNotRentExempt InvalidAccountOwner ArithmeticOverflow UnsupportedSysvar IllegalOwner',
  'MaxAccountsDataAllocationsExceeded MaxAccountsExceeded MaxInstructionTraceLengthExceeded',
  'BuiltinProgramsMustConsumeComputeUnits',
].flatMap((names) => names.split(' '));
