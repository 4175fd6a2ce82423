import { _electron, type ElectronApplication, type Locator, type Page } from 'playwright-core';
import { whenTestEnds } from '../../core/testing/test-end.ts';
import type { TestHome } from '../fixtures/gateway-process.ts';
import { type AppStart, appEnv, electronArgs, electronProgram, endGroup } from './app-process.ts';
import type { Desktop } from './desktop.ts';
import type { TrayIcon } from './tray-host.ts';

/** The app as a person opens it: its window, driven from outside, and its icon in the tray. */
export interface AppWindow extends AsyncDisposable {
  app: ElectronApplication;
  page: Page;
  icon: TrayIcon;
  close(): Promise<void>;
}

interface WindowStart extends AppStart {
  /** Where to go first: `logs`, `chat?session=…`. */
  view?: string;
  /** A program that starts the app. */
  starter?: string;
}

export async function openWindow(
  desktop: Desktop,
  home: TestHome,
  { args = [], env = {}, view, starter }: WindowStart = {},
): Promise<AppWindow> {
  const app = await _electron.launch({
    executablePath: starter ?? (await electronProgram()),
    args: electronArgs(args),
    cwd: home.dir,
    env: appEnv(desktop, home, env) as Record<string, string>,
  });
  const { pid } = app.process();
  const close = async (): Promise<void> => {
    if (pid !== undefined) await endGroup(pid);
  };
  whenTestEnds(close);
  const [page, icon] = await Promise.all([app.firstWindow(), desktop.tray.nextIcon()]);
  page.setDefaultTimeout(20_000);
  if (view !== undefined) await go(page, view);
  return { app, page, icon, close, [Symbol.asyncDispose]: close };
}

/** Goes to a view by its address. */
export const go = (page: Page, view: string): Promise<void> =>
  page.evaluate(
    (hash) => Reflect.set(Reflect.get(globalThis, 'location'), 'hash', hash),
    view,
  ) as Promise<never>;

/** Goes to a view as a person does. */
export const showView = (page: Page, name: string): Promise<void> =>
  page.getByRole('navigation').getByRole('link', { name, exact: true }).click();

/** Waits for a heading; what the page shows instead is part of the error. */
export async function heading(page: Page, name: string | RegExp): Promise<void> {
  const shown = page.getByRole('heading', { name });
  await shown.waitFor().catch(async (error: Error) => {
    error.message += `\nThe page shows:\n${await page.locator('body').ariaSnapshot()}`;
    throw error;
  });
}

export const press = (within: Page | Locator, name: string | RegExp): Promise<void> =>
  within.getByRole('button', { name, exact: true }).click();

/** Changes the language of the app, as its menu does. */
export const speak = (page: Page, language: 'en' | 'zh-CN'): Promise<unknown> =>
  page.evaluate((chosen) => {
    const { call } = Reflect.get(globalThis, 'openclaw') as { call(...args: unknown[]): Promise<unknown> };
    return call('action.run', { do: 'setLanguage', language: chosen });
  }, language);
