import { catalogue } from './catalogue.ts';

/** What the app says of its own installation: the `openclaw` command, and updates. */
export const installationMessages = catalogue(
  () => ({
    ok: 'OK',
    commandInstalled: 'The `openclaw` command is installed: {path}',
    commandReady: 'Open a new terminal and try: openclaw gateway status',
    commandNotOnPath:
      'Your terminals do not look there yet. Add this line to {file}, then open a new terminal:\n\n{line}',
    commandShadowed:
      'Your terminals find another one first: {path}\nRemove it, or put our directory before it on the PATH.',
    commandRemoved: 'The `openclaw` command is removed.',
    COMMAND_TAKEN:
      'There is another `openclaw` at {path}, which was not made by this app. Move it away, then try again.',
    COMMAND_UNWRITABLE:
      'The system does not let the `openclaw` command be changed at {path} ({reason}). See to it that you may write to its directory, then try again.',
    DEVELOPMENT:
      'This app runs from a checkout, so there is nothing to install. Build and install a package: npm run package',
    TRANSLOCATED:
      'macOS runs this app from a passing place. Move it to the Applications folder, start it there, then try again.',
    code: 'Code: {code}',
    current: 'This is the newest version: {version}',
    available: 'Version {version} is there. You have {current}, which is kept.',
    availableHow:
      'The app ends, and starts again as the new version. A gateway of this app is stopped meanwhile.',
    install: 'Install and restart',
    later: 'Not now',
    NO_FEED:
      'This copy does not update itself. Updates come from where it was installed: a package manager, or a download.',
    FEED_UNSIGNED:
      'This copy has no key to check updates with, so it takes none. Updates come from where it was installed.',
    FEED_INSECURE:
      'The address for updates is not secure, so none are taken. Install this app again from a source that you trust.',
    FEED_UNREACHABLE: 'The updates could not be read: {reason}\nTry again later.',
    FEED_SIGNATURE:
      'What is offered as an update is not signed by the makers of this app. Nothing was installed. Tell them, and do not install it by hand.',
    UPDATE_FAILED: 'The update was not installed: {reason}\nThis version goes on working. Try again later.',
    trialFailed: 'Version {to} does not work here as it should.',
    trialFailedHow: 'Version {from} was kept, and can take its place again.',
    goBack: 'Go back to {from}',
    keep: 'Keep {to}',
  }),
  () => ({
    ok: '好',
    commandInstalled: '`openclaw` 命令已安装：{path}',
    commandReady: '打开一个新终端并尝试：openclaw gateway status',
    commandNotOnPath: '终端还不会在那里查找。请将这一行加入 {file}，然后打开新终端：\n\n{line}',
    commandShadowed: '终端会先找到另一个：{path}\n请移除它，或在 PATH 中把我们的目录放在它前面。',
    commandRemoved: '`openclaw` 命令已移除。',
    COMMAND_TAKEN: '{path} 处有另一个 `openclaw`，不是由此应用创建的。请先移走它，再重试。',
    COMMAND_UNWRITABLE:
      '系统不允许更改 {path} 处的 `openclaw` 命令（{reason}）。请确保你可以写入其所在目录，然后重试。',
    DEVELOPMENT: '此应用从源码目录运行，没有可安装的命令。请构建并安装软件包：npm run package',
    TRANSLOCATED: 'macOS 正从临时位置运行此应用。请将它移到“应用程序”文件夹，从那里启动后再试。',
    code: '代码：{code}',
    current: '已是最新版本：{version}',
    available: '有新版本 {version}。当前版本 {current} 会保留。',
    availableHow: '应用会退出，然后以新版本重新启动。由此应用启动的网关会暂时停止。',
    install: '安装并重启',
    later: '暂不',
    NO_FEED: '此副本不会自行更新。更新来自它的安装来源：软件包管理器或下载页面。',
    FEED_UNSIGNED: '此副本没有用于校验更新的密钥，因此不接受更新。更新来自它的安装来源。',
    FEED_INSECURE: '更新地址不安全，因此不接受更新。请从可信来源重新安装此应用。',
    FEED_UNREACHABLE: '无法读取更新：{reason}\n请稍后再试。',
    FEED_SIGNATURE: '所提供的更新没有此应用制作者的签名，未安装任何内容。请告知制作者，不要手动安装。',
    UPDATE_FAILED: '更新未安装：{reason}\n当前版本继续可用。请稍后再试。',
    trialFailed: '版本 {to} 在此无法正常工作。',
    trialFailedHow: '版本 {from} 已保留，可以恢复使用。',
    goBack: '恢复到 {from}',
    keep: '保留 {to}',
  }),
);
