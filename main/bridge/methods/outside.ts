import * as z from 'zod';
import { defineMethods } from '../../../core/protocol/define.ts';

/** What leaves the window because a person asks for it. */
export const outsideMethods = defineMethods({
  'clipboard.write': {
    summary: 'Put text on the clipboard',
    scope: 'any',
    params: z.strictObject({ text: z.string().min(1).max(4_000_000) }),
    result: z.strictObject({}),
  },
  'link.open': {
    summary: 'Ask whether an https address may be opened in the browser, or copied, and do that',
    scope: 'any',
    params: z.strictObject({ url: z.string().min(1).max(4096) }),
    result: z.strictObject({ choice: z.enum(['opened', 'copied', 'cancelled']) }),
  },
  'chat.limits': {
    summary: 'How large what is sent to the gateway may be, in bytes',
    scope: 'any',
    params: z.undefined(),
    result: z.strictObject({ attachmentBytes: z.int(), imageBytes: z.int(), requestBytes: z.int() }),
  },
});

export type ChatLimits = z.infer<(typeof outsideMethods)['chat.limits']['result']>;
