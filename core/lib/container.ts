import { existsSync } from 'node:fs';

/** Whether this process runs in a container: its network is not that of the machine. */
export const inContainer = (): boolean => existsSync('/.dockerenv') || existsSync('/run/.containerenv');
