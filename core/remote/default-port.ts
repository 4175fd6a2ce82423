/** Where a gateway behind SSH listens unless it is said. */
export const DEFAULT_REMOTE_PORT = 18_789;
