import { z } from 'zod';
import { candleMessageSchema } from '../../src/pipelines/candles/candle-message.ts';
import { swapMessageSchema } from '../../src/pipelines/swaps/swap-message.ts';

/** The published JSON Schemas, by file name in docs/schemas, as they are to stand there. */
export const MESSAGE_SCHEMAS: readonly { readonly file: string; readonly text: string }[] = [
  { file: 'dex.sol.swaps.v1.json', text: schemaText(swapMessageSchema) },
  { file: 'dex.sol.candles.v1.json', text: schemaText(candleMessageSchema) },
];

function schemaText(schema: z.ZodType): string {
  return `${JSON.stringify(z.toJSONSchema(schema), null, 2)}\n`;
}
