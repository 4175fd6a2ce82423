import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { _electron, type ElectronApplication, type Page } from 'playwright-core';
import { whenTestEnds } from '../../core/testing/test-end.ts';
import type { TestHome } from '../fixtures/gateway-process.ts';
import { electronArgs, electronProgram, endGroup } from './app-process.ts';
import type { Desktop } from './desktop.ts';

/** Where to put pictures for people to look at; none are made unless it is named. */
const { OPENCLAW_TEST_SCREENSHOTS: pictures } = process.env;

export interface OpenWindow extends AsyncDisposable {
  app: ElectronApplication;
  page: Page;
}

/** The app with its window, as a person opens it. */
export async function openWindow(desktop: Desktop, home: TestHome): Promise<OpenWindow> {
  const env = home.env({ ...desktop.env, LANG: 'en_US.UTF-8' }) as Record<string, string>;
  const app = await _electron.launch({
    executablePath: await electronProgram(),
    args: electronArgs([]),
    cwd: home.dir,
    env,
  });
  const { pid } = app.process();
  const close = async (): Promise<void> => {
    if (pid !== undefined) await endGroup(pid);
  };
  whenTestEnds(close);
  return { app, page: await app.firstWindow(), [Symbol.asyncDispose]: close };
}

/** Of the whole page, where pictures are wanted. */
export async function picture(page: Page, name: string): Promise<void> {
  if (!pictures) return;
  await mkdir(pictures, { recursive: true });
  await page.screenshot({ path: join(pictures, `${name}.png`), fullPage: true });
}

export const heading = (page: Page, text: string) =>
  page.getByRole('heading', { name: text }).waitFor({ timeout: 15_000 });

export const press = (page: Page, name: string) =>
  page.getByRole('button', { name, exact: true }).click({ timeout: 15_000 });
