import { app } from 'electron';
import { LINK_SCHEME, linkAmong, type ReceivedLink, readLink } from './deep-link.ts';

type Listener = (link: ReceivedLink) => void;

/**
 * Links that the system hands to the app, from the first moment on: macOS may do so before it is ready. To be called
 * once; what comes before `listen` waits for it.
 */
export function receiveLinks(argv: readonly string[]): { listen(listener: Listener): void } {
  const waiting: ReceivedLink[] = [];
  let hear: Listener = (link) => void waiting.push(link);
  const found = (link: ReceivedLink | undefined): void => {
    if (link) hear(link);
  };
  found(linkAmong(argv));
  app.on('open-url', (event, url) => {
    event.preventDefault();
    found(readLink(url));
  });
  app.on('second-instance', (_event, others) => found(linkAmong(others)));
  return {
    listen(listener) {
      hear = listener;
      waiting.splice(0).forEach(listener);
    },
  };
}

/** On Linux the desktop entry of the package says the same, and asking the system takes a program. */
export function registerScheme(): void {
  if (app.isPackaged && process.platform !== 'linux') app.setAsDefaultProtocolClient(LINK_SCHEME);
}
