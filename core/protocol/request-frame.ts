import * as z from 'zod';

const filled = z.string().min(1);

/** The one frame a client sends; closed, so that a typing error is told instead of ignored. */
export const requestFrame = z.strictObject({
  type: z.literal('req'),
  id: filled,
  method: filled,
  params: z.unknown().optional(),
  traceparent: z.string().max(128).optional(),
  expectedProfileId: filled.max(128).optional(),
});
