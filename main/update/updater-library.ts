import { app } from 'electron';
import { autoUpdater, CancellationToken } from 'electron-updater';
import type { Updater } from './update-desk.ts';
import type { UpdateFeed } from './update-feed.ts';

/** electron-updater, which does nothing by itself here: it neither fetches nor installs unless it is told to. */
export function openUpdater({ url }: UpdateFeed): Updater {
  autoUpdater.setFeedURL({ provider: 'generic', url });
  autoUpdater.autoDownload = false;
  autoUpdater.autoInstallOnAppQuit = false;
  autoUpdater.allowDowngrade = false;
  autoUpdater.disableWebInstaller = true;
  autoUpdater.logger = null;
  return {
    async check() {
      const result = await autoUpdater.checkForUpdates();
      if (!result?.isUpdateAvailable) return undefined;
      const { version, files } = result.updateInfo;
      return { version, hashes: files.map(({ sha512 }) => sha512) };
    },
    async download() {
      await autoUpdater.downloadUpdate(new CancellationToken());
    },
    install() {
      if (process.platform !== 'linux') return autoUpdater.quitAndInstall(true, true);
      // An AppImage would be started at once, and end again, because this one still runs on the same state directory.
      let image = process.env.APPIMAGE;
      autoUpdater.once('appimage-filename-updated', (path) => {
        image = path;
      });
      autoUpdater.quitAndInstall(true, false);
      app.relaunch({ execPath: image ?? process.execPath, args: process.argv.slice(1) });
    },
  };
}
