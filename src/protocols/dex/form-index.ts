import assert from 'node:assert/strict';
import type { SwapForm } from './dex-program.ts';

/** Finds a program's swap form by the leading bytes of instruction data, without building anything. */
export class FormIndex {
  readonly #byByte = new Map<number, SwapForm>();
  readonly #byEightBytes: { readonly bytes: Buffer; readonly form: SwapForm }[] = [];
  #forAny: SwapForm | undefined;

  constructor(forms: readonly SwapForm[]) {
    for (const form of forms) {
      const bytes = Buffer.from(form.discriminator, 'hex');
      assert([0, 1, 8].includes(bytes.length), `discriminator ${form.discriminator}`);
      if (bytes.length === 0) this.#forAny = form;
      else if (bytes.length === 1) this.#byByte.set(bytes[0] ?? 0, form);
      else this.#byEightBytes.push({ bytes, form });
    }
  }

  find(data: Uint8Array, accountCount: number): SwapForm | undefined {
    const form = this.#byData(data);
    if (form === undefined || 'pools' in form || form.accounts === undefined) return form;
    const [fewest, most] = form.accounts;
    return accountCount >= fewest && accountCount <= most ? form : undefined;
  }

  #byData(data: Uint8Array): SwapForm | undefined {
    if (data.length >= 8) {
      for (const { bytes, form } of this.#byEightBytes) if (startsWith(data, bytes)) return form;
    }
    const byByte = data.length > 0 ? this.#byByte.get(data[0] ?? 0) : undefined;
    return byByte ?? this.#forAny;
  }
}

function startsWith(data: Uint8Array, bytes: Uint8Array): boolean {
  for (let i = 0; i < 8; i++) if (data[i] !== bytes[i]) return false;
  return true;
}
