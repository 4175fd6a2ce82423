import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import axe from 'axe-core';
import type { Page } from 'playwright-core';
import { expect } from 'vitest';

/** Where to put pictures for people to look at; none are made unless it is named. */
const { OPENCLAW_TEST_SCREENSHOTS: pictures } = process.env;
const SIZE = { width: 1080, height: 760 };
const WIDTHS = [1080, 420];

/** The page as people see it: in both themes, wide and narrow. */
export async function picture(page: Page, name: string): Promise<void> {
  if (!pictures) return;
  await mkdir(pictures, { recursive: true });
  const before = page.viewportSize() ?? SIZE;
  await inThemes(page, async (theme) => {
    for (const width of WIDTHS) {
      await page.setViewportSize({ ...SIZE, width });
      await page.screenshot({ path: join(pictures, `${name}-${theme}-${width}.png`) });
    }
  });
  await page.setViewportSize(before);
}

/**
 * Expects that axe finds nothing serious or critical on the page as it is now, in either theme. Its source is evaluated
 * from outside, since the content policy of the page lets no foreign script in.
 */
export async function expectAccessible(page: Page): Promise<void> {
  await page.evaluate(axe.source);
  const found: string[] = [];
  await inThemes(page, async (theme) => {
    for (const barrier of await barriersIn(page)) found.push(`${theme}: ${barrier}`);
  });
  expect(found).toEqual([]);
}

async function inThemes(page: Page, look: (theme: string) => Promise<void>): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    await look(colorScheme);
  }
  await page.emulateMedia({ colorScheme: null });
}

async function barriersIn(page: Page): Promise<string[]> {
  const { violations, passes } = await page.evaluate(async () => {
    const { run } = Reflect.get(globalThis, 'axe') as typeof axe;
    const { violations, passes } = await run();
    return { violations, passes: passes.length };
  });
  expect(passes, 'what axe has looked at').toBeGreaterThan(0);
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`));
}
