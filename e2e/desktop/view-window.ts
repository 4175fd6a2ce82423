import { mkdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { _electron, type ElectronApplication, type Page } from 'playwright-core';
import { whenTestEnds } from '../../core/testing/test-end.ts';
import type { TestHome } from '../fixtures/gateway-process.ts';
import { electronArgs, electronProgram, endGroup } from './app-process.ts';
import type { Desktop } from './desktop.ts';

/** Where to put pictures for people to look at; none are made unless it is named. */
const { OPENCLAW_TEST_SCREENSHOTS: pictures } = process.env;

export interface AppWindow extends AsyncDisposable {
  app: ElectronApplication;
  page: Page;
}

/** The app with its window, at a view: `logs`, `chat?session=…`. */
export async function openView(
  desktop: Desktop,
  home: TestHome,
  view: string,
  args: string[] = [],
): Promise<AppWindow> {
  const app = await _electron.launch({
    executablePath: await electronProgram(),
    args: electronArgs(args),
    cwd: home.dir,
    env: home.env({ ...desktop.env, LANG: 'en_US.UTF-8' }) as Record<string, string>,
  });
  const { pid } = app.process();
  const close = async (): Promise<void> => {
    if (pid !== undefined) await endGroup(pid);
  };
  whenTestEnds(close);
  const page = await app.firstWindow();
  await go(page, view);
  return { app, page, [Symbol.asyncDispose]: close };
}

export const go = (page: Page, view: string): Promise<void> =>
  page.evaluate(
    (hash) => Reflect.set(Reflect.get(globalThis, 'location'), 'hash', hash),
    view,
  ) as Promise<never>;

/** The view as people see it: in both themes, wide and narrow. */
export async function pictured(page: Page, name: string): Promise<void> {
  if (!pictures) return;
  await mkdir(pictures, { recursive: true });
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    for (const width of [1080, 420]) {
      await page.setViewportSize({ width, height: 760 });
      await page.screenshot({ path: join(pictures, `${name}-${colorScheme}-${width}.png`) });
    }
  }
  await page.setViewportSize({ width: 1080, height: 760 });
  await page.emulateMedia({ colorScheme: 'light' });
}

/** What axe finds that keeps people out: `rule: element`. */
export async function barriers(page: Page): Promise<string[]> {
  await page.evaluate(await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8'));
  return page.evaluate(async () => {
    const axe = Reflect.get(globalThis, 'axe') as {
      run(): Promise<{ violations: { id: string; impact: string; nodes: { html: string }[] }[] }>;
    };
    const { violations } = await axe.run();
    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 200)}`));
  });
}

/** Changes the language of the app, as its menu does. */
export const speak = (page: Page, language: 'en' | 'zh-CN'): Promise<unknown> =>
  page.evaluate((chosen) => {
    const { call } = Reflect.get(globalThis, 'openclaw') as { call(...args: unknown[]): Promise<unknown> };
    return call('action.run', { do: 'setLanguage', language: chosen });
  }, language);
