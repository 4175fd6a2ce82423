import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import axe from 'axe-core';
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
  close(): Promise<void>;
}

/** The app with its window, driven from outside. */
export async function openAppWindow(
  desktop: Desktop,
  home: TestHome,
  { args = [], env = {} }: { args?: readonly string[]; env?: NodeJS.ProcessEnv } = {},
): Promise<OpenWindow> {
  const app = await _electron.launch({
    executablePath: await electronProgram(),
    args: electronArgs(args),
    cwd: home.dir,
    env: home.env({ ...desktop.env, LANG: 'en_US.UTF-8', ...env }) as Record<string, string>,
  });
  const { pid } = app.process();
  const close = async (): Promise<void> => {
    if (pid !== undefined) await endGroup(pid);
  };
  whenTestEnds(close);
  const page = await app.firstWindow();
  page.setDefaultTimeout(15_000);
  return { app, page, close, [Symbol.asyncDispose]: close };
}

/** The page in light and dark, wide and narrow, where pictures are wanted. */
export async function pictureOf(page: Page, name: string): Promise<void> {
  if (!pictures) return;
  await mkdir(pictures, { recursive: true });
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    for (const [width, height] of [
      [1080, 760],
      [420, 760],
    ] as const) {
      await page.setViewportSize({ width, height });
      await page.screenshot({ path: join(pictures, `${name}-${colorScheme}-${width}.png`) });
    }
  }
  await page.setViewportSize({ width: 1080, height: 760 });
}

/** What axe finds that keeps people out, as sentences. */
export async function seriousBarriers(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  return page.evaluate(async () => {
    const { run } = Reflect.get(globalThis, 'axe') as typeof axe;
    const { violations, passes } = await run();
    if (passes.length === 0) throw new Error('axe has looked at nothing');
    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id}: ${target.join(' ')}`));
  });
}

/** Goes to a view as a person does. */
export const showView = (page: Page, name: string): Promise<void> =>
  page.getByRole('navigation').getByRole('link', { name, exact: true }).click();
