/** The names under which window and app talk; apart from the contract, so that the preload script stays small. */
export const CALL_CHANNEL = 'openclaw:call';
export const EVENT_CHANNEL = 'openclaw:event';
