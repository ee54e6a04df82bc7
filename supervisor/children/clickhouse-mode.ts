/** `auto`: remote when the DSN names another machine, else a local one. `local`: a binary, else the embedded engine. */
export type ClickhouseMode = 'auto' | 'local' | 'embedded' | 'remote' | 'off';

/** Spellings of anza-xyz/jetstreamer's `JETSTREAMER_CLICKHOUSE_MODE`; `embedded` is ours. */
const SPELLINGS: Readonly<Record<ClickhouseMode, readonly string[]>> = {
  auto: ['', 'auto', 'default', 'on', 'true', '1'],
  local: ['local', 'spawn', 'helper', 'auto-spawn', 'autospawn'],
  embedded: ['embedded'],
  remote: ['remote', 'external', 'no-spawn', 'no_spawn', 'nospawn'],
  off: ['off', 'disable', 'disabled', '0', 'false', 'none', 'no'],
};

export interface ResolvedMode {
  readonly mode: ClickhouseMode;
  /** A sentence for the log when the word was not understood, as Jetstreamer warns and goes on. */
  readonly warning: string | null;
}

export function resolveClickhouseMode(text: string): ResolvedMode {
  const word = text.trim().toLowerCase();
  for (const mode of Object.keys(SPELLINGS).filter(isMode)) {
    if (SPELLINGS[mode].includes(word)) return { mode, warning: null };
  }
  const known = Object.values(SPELLINGS).flat().filter(Boolean).join(', ');
  return {
    mode: 'auto',
    warning: `JETSTREAMER_CLICKHOUSE_MODE: "${text}" is none of ${known}; going on with auto`,
  };
}

function isMode(word: string): word is ClickhouseMode {
  return word in SPELLINGS;
}
