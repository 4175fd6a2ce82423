import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { asNumber, asObject, asText } from '../lib/json.ts';
import { ensurePrivateDir, readJsonFile, writeFileAtomic } from '../store/atomic-file.ts';
import type { Exposure } from './exposure.ts';

const pathOf = (trayDir: string): string => join(trayDir, 'run', 'tailscale.json');

/** What a gateway of this state directory has set up and not taken away: also one that was killed. */
export async function readExposureRecord(trayDir: string): Promise<Exposure | undefined> {
  const found = await readJsonFile(pathOf(trayDir));
  const { mode, host, httpsPort, target } = asObject(found.status === 'ok' ? found.value : undefined);
  const [name, port, leadsTo] = [asText(host), asNumber(httpsPort), asText(target)];
  if ((mode !== 'serve' && mode !== 'funnel') || !name || port === undefined || !leadsTo) return undefined;
  return { mode, host: name, httpsPort: port, target: leadsTo };
}

export async function writeExposureRecord(trayDir: string, exposure: Exposure): Promise<void> {
  await ensurePrivateDir(join(trayDir, 'run'));
  await writeFileAtomic(pathOf(trayDir), `${JSON.stringify(exposure)}\n`);
}

export const removeExposureRecord = (trayDir: string): Promise<void> => rm(pathOf(trayDir), { force: true });
