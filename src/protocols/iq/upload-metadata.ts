/** What an uploader says about a file. Hostile text: nothing here is believed, only shown. */
export interface UploadMetadata {
  readonly filetype: string | null;
  readonly filename: string | null;
  readonly totalChunks: number | null;
  /** Text of an inline upload: the string under `data`, or the JSON text of another value there. */
  readonly data: string | null;
}

const NOTHING: UploadMetadata = { filetype: null, filename: null, totalChunks: null, data: null };

/**
 * Reads the JSON `{"filetype","method","filename","total_chunks"[,"data"]}` that the SDK writes.
 * Whatever is absent, of another type or no JSON at all is null; never throws.
 */
export function parseUploadMetadata(metadata: string | null): UploadMetadata {
  if (metadata === null) return NOTHING;
  let parsed: unknown;
  try {
    parsed = JSON.parse(metadata);
  } catch {
    return NOTHING;
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return NOTHING;
  const fields = new Map<string, unknown>(Object.entries(parsed));
  const total = fields.get('total_chunks');
  const data = fields.get('data');
  return {
    filetype: textOrNull(fields.get('filetype')),
    filename: textOrNull(fields.get('filename')),
    totalChunks: Number.isSafeInteger(total) ? Number(total) : null,
    data: data === undefined || typeof data === 'string' ? (data ?? null) : JSON.stringify(data),
  };
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
