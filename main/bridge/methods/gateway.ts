import * as z from 'zod';
import { defineMethods } from '../../../core/protocol/define.ts';
import { WINDOW_METHODS } from '../window-methods.ts';

/** The gateway that the app is connected to, for the window. */
export const gatewayMethods = defineMethods({
  'gateway.call': {
    summary: 'Call a method of the gateway; its own contract says what params and result are',
    scope: 'any',
    params: z.strictObject({ method: z.enum(WINDOW_METHODS), params: z.unknown() }),
    result: z.strictObject({ result: z.unknown() }),
  },
});
