import type { AppSettingsFile } from '../app-settings.ts';
import type { TrayAction } from '../bridge/contract.ts';
import type { FirstRunAnswers, firstRunMethods } from '../bridge/methods/first-run.ts';
import type { BridgeHandlers } from '../bridge/serve.ts';

export interface FirstRunEffects {
  settings: AppSettingsFile;
  /** The app was told what to do when it was started, so nobody has to be asked. */
  isToldWhatToDo: boolean;
  hasConfig(): boolean;
  /** Resolves when somebody has looked; a gateway runs here, whoever started it. */
  isGatewayRunning(): Promise<boolean>;
  /** Does what the menu offers. */
  run(action: TrayAction): Promise<boolean>;
  isLoginItem(): boolean;
  canInstallCommand(): boolean;
}

export const firstRunHandlers = (
  effects: FirstRunEffects,
): Pick<BridgeHandlers, keyof typeof firstRunMethods> => ({
  'firstRun.get': async () => ({
    isFirst: await isFirst(effects),
    canInstallCommand: effects.canInstallCommand(),
  }),
  'firstRun.finish': async (answers) => ({ done: await finish(effects, answers) }),
});

/** Whoever has settings, a configuration or a gateway has begun already. */
async function isFirst(effects: FirstRunEffects): Promise<boolean> {
  if (effects.isToldWhatToDo || !effects.settings.isNew || effects.hasConfig()) return false;
  return !(await effects.isGatewayRunning());
}

/** True when everything was done that was agreed to; what failed is told by the menu. */
async function finish(effects: FirstRunEffects, answers: FirstRunAnswers): Promise<boolean> {
  const { language, startNow, startsWithApp, runAtLogin, installsCommand } = answers;
  const { settings, run } = effects;
  await run({ do: 'setLanguage', language });
  const started = !startNow || (await run({ do: 'start' }));
  const atLogin =
    runAtLogin === effects.isLoginItem() || (await run({ do: 'setRunAtLogin', on: runAtLogin }));
  // A start means "with the app, too"; here that was asked on its own.
  await settings.change({ startsGateway: startsWithApp });
  // Last, because it waits until a person has read how it went.
  const installed = !installsCommand || (await run({ do: 'installCommand' }));
  return started && atLogin && installed;
}
