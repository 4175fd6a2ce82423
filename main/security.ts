import { readdir, readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import type { Protocol, Session, WebContents, WebFrameMain, WebPreferences } from 'electron';

export const APP_SCHEME = 'app';
export const APP_ORIGIN = 'app://openclaw';

/** To be told to Electron before it is ready: pages of the app have an origin of their own. */
export const APP_SCHEME_PRIVILEGES = {
  scheme: APP_SCHEME,
  privileges: { standard: true, secure: true },
} as const;

/**
 * The page may load its own script and style, and nothing else from anywhere. `data:` is for pictures whose bytes are in
 * the page already: those that are sent to an agent.
 */
const CONTENT_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

export const pagePreferences = (preload: string): WebPreferences => ({
  preload,
  contextIsolation: true,
  sandbox: true,
  nodeIntegration: false,
  webviewTag: false,
  spellcheck: false,
});

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
};

/** Serves the files of the window that are there now, named one by one, so that no path leads anywhere else. */
export async function servePages(protocol: Protocol, dir: string): Promise<void> {
  const entries = await readdir(dir, { recursive: true });
  const names = entries.map((name) => name.replaceAll('\\', '/')).filter((name) => extname(name) in TYPES);
  protocol.handle(APP_SCHEME, async ({ url }) => {
    const { host, pathname } = new URL(url);
    const name = names.find((one) => pathname === `/${one}`);
    if (host !== 'openclaw' || name === undefined) return new Response('', { status: 404 });
    const headers = {
      'content-type': TYPES[extname(name)] ?? 'application/octet-stream',
      'content-security-policy': CONTENT_POLICY,
      'x-content-type-options': 'nosniff',
    };
    return new Response(new Uint8Array(await readFile(join(dir, name))), { headers });
  });
}

/**
 * Addresses that lead nowhere (RFC 6666). WebRTC and hints to connect ahead of time go past policy and request filter, but
 * not past a proxy.
 */
const NOWHERE = 'http://[100::]:9';

/** No page asks the network for anything, none saves anything, and none is allowed to use what asks for a permission. */
export async function lockSession(session: Session): Promise<void> {
  session.setPermissionRequestHandler((_contents, _permission, decide) => decide(false));
  session.setPermissionCheckHandler(() => false);
  session.on('will-download', (event) => event.preventDefault());
  session.webRequest.onBeforeRequest(({ url }, decide) =>
    decide({ cancel: !/^(app:\/\/openclaw\/|data:image\/|devtools:)/.test(url) }),
  );
  await session.setProxy({ mode: 'fixed_servers', proxyRules: NOWHERE, proxyBypassRules: '<-loopback>' });
}

/** A page stays where it is and opens nothing. */
export function lockContents(contents: WebContents): void {
  // Its packets would pass by the proxy that leads nowhere.
  contents.setWebRTCIPHandlingPolicy('disable_non_proxied_udp');
  contents.setWindowOpenHandler(() => ({ action: 'deny' }));
  contents.on('will-navigate', (event) => event.preventDefault());
  contents.on('will-frame-navigate', (event) => event.preventDefault());
  contents.on('will-attach-webview', (event) => event.preventDefault());
}

/** A call counts only when it comes from the page itself, not from a frame within it or one that has gone. */
export const isOwnFrame = (frame: WebFrameMain | null): boolean =>
  frame !== null && frame.parent === null && frame.url.startsWith(`${APP_ORIGIN}/`);
