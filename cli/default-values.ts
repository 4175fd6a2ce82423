import { applyDefaults } from '../core/config/defaults.ts';
import { valueAt } from '../core/lib/json.ts';
import { DEFAULT_PORT, DEV_PORT } from './target.ts';

/** What a gateway uses where the file says nothing, and neither do flags and environment. */
export function defaultValueAt(path: string, { profile }: { profile: string | undefined }): unknown {
  const gateway = {
    port: profile === 'dev' ? DEV_PORT : DEFAULT_PORT,
    bind: 'loopback',
    tailscale: { mode: 'off', resetOnExit: false },
  };
  const logging = { level: 'info', consoleLevel: 'info' };
  return valueAt(applyDefaults({ gateway, logging }), path);
}
