import { catalogue } from './catalogue.ts';

/** What `gateway install`, `start`, `stop`, `restart` and `uninstall` say when they are done. */
export const serviceMessages = catalogue(
  () => ({
    installed_systemd: 'Installed systemd service: {file}',
    installed_launchd: 'Installed launch agent: {file}',
    installed_schtasks: 'Installed scheduled task: {service}',
    'already-installed': 'The gateway service is installed already: {file}',
    'already-running': 'The gateway service runs already: {service}',
    started: 'Started {service}.',
    stopped: 'Stopped {service}.',
    restarted: 'Restarted {service}.',
    uninstalled: 'Uninstalled {service}.',
    'not-loaded': 'The gateway service is not installed: {service}',
    answers: 'The gateway answers on port {port} (pid {pid}).',
    reinstall: 'Reinstall with: {command} gateway install --force',
    fix: 'Fix: {text}',
    lastWords: 'The last it said:',

    BACKED_UP: 'The previous definition was kept: {file}',
    DEFINITION_DIFFERS:
      'It is not what this version would install; {file}\nstays as it is unless you reinstall it.',
    TOKEN_GENERATED:
      'No gateway token was set. A new one was saved as gateway.auth.token in\n{file} (its owner alone can read it).',
    TOKEN_STORED:
      'The token was saved as gateway.auth.token in\n{file} (its owner alone can read it);\nthe service itself holds no secret.',
    TOKEN_IN_LISTINGS:
      'Warning: process listings show --token while the command runs.\nOPENCLAW_GATEWAY_TOKEN is taken as well, and is not shown.',
    SECRET_ONLY_IN_SHELL:
      'Warning: only this shell has the variable behind {path}.\nThe service does not get it. Put it into {file}',
    NODE_PATH_TEMPORARY:
      'Warning: this Node will be cleaned up one day, and the service with it:\n{path}\nInstall Node for good, then reinstall.',
    NODE_PATH_VERSIONED:
      'Warning: this Node belongs to a version manager. When that version goes,\nthe service no longer starts: {path}',
    PROGRAM_PATH_TEMPORARY:
      'Warning: this program is in a temporary place, and will be cleaned up one day:\n{path}\nInstall it for good (npm install -g openclaw-tray), then reinstall.',
    PROGRAM_PATH_VERSIONED:
      'Warning: this program belongs to one version of Node. When that goes, the\nservice no longer starts: {path}',
    LINGER_ENABLED: 'Switched lingering on for {user}, so that the gateway goes on after you log out.',
    LINGER_OFF:
      'Warning: the gateway ends when you log out. To keep it running:\nsudo loginctl enable-linger {user}',
    LINGER_DISABLED: 'Switched lingering off again for {user}; the installation had switched it on.',
    LINGER_KEPT:
      'Lingering stays on for {user}, because other services may need it.\nSwitch it off with: loginctl disable-linger {user}',
    REMOVED: 'Removed {what}',
    RUNS_OUTSIDE_STILL:
      'A gateway that is no service still runs on port {port} (pid {pid}).\nWho started it can end it with: kill {pid}',
  }),
  () => ({
    installed_systemd: '已安装 systemd 服务：{file}',
    installed_launchd: '已安装启动代理：{file}',
    installed_schtasks: '已安装计划任务：{service}',
    'already-installed': '网关服务已经安装：{file}',
    'already-running': '网关服务已在运行：{service}',
    started: '已启动 {service}。',
    stopped: '已停止 {service}。',
    restarted: '已重启 {service}。',
    uninstalled: '已卸载 {service}。',
    'not-loaded': '网关服务尚未安装：{service}',
    answers: '网关在端口 {port} 上正常响应（进程 {pid}）。',
    reinstall: '重新安装：{command} gateway install --force',
    fix: '修复：{text}',
    lastWords: '它最后的输出：',

    BACKED_UP: '原来的定义已保留：{file}',
    DEFINITION_DIFFERS: '它与当前版本会安装的定义不同；\n{file} 保持不变，除非重新安装。',
    TOKEN_GENERATED:
      '之前没有设置网关令牌。已生成新令牌并保存为 gateway.auth.token：\n{file}（只有所有者可读）。',
    TOKEN_STORED: '令牌已保存为 gateway.auth.token：\n{file}（只有所有者可读）；\n服务定义本身不含任何密钥。',
    TOKEN_IN_LISTINGS:
      '警告：命令运行期间，进程列表会显示 --token。\n也可以用 OPENCLAW_GATEWAY_TOKEN 传入，它不会被显示。',
    SECRET_ONLY_IN_SHELL: '警告：{path} 引用的变量只存在于当前 shell 中。\n服务得不到它。请把它写入 {file}',
    NODE_PATH_TEMPORARY:
      '警告：这个 Node 位于临时位置，被清理后服务将无法启动：\n{path}\n请正式安装 Node，然后重新安装服务。',
    NODE_PATH_VERSIONED: '警告：这个 Node 由版本管理器管理。该版本被删除后，\n服务将无法启动：{path}',
    PROGRAM_PATH_TEMPORARY:
      '警告：本程序位于临时位置，总有一天会被清理：\n{path}\n请正式安装（npm install -g openclaw-tray），然后重新安装服务。',
    PROGRAM_PATH_VERSIONED: '警告：本程序属于某一个 Node 版本。该版本被删除后，\n服务将无法启动：{path}',
    LINGER_ENABLED: '已为 {user} 开启 linger，注销后网关会继续运行。',
    LINGER_OFF: '警告：你注销后网关就会停止。要让它继续运行：\nsudo loginctl enable-linger {user}',
    LINGER_DISABLED: '已为 {user} 关闭 linger；它是安装时开启的。',
    LINGER_KEPT:
      '{user} 的 linger 保持开启，因为其他服务可能需要它。\n关闭方法：loginctl disable-linger {user}',
    REMOVED: '已删除 {what}',
    RUNS_OUTSIDE_STILL:
      '仍有一个不属于服务的网关在端口 {port} 上运行（进程 {pid}）。\n启动它的人可以用以下命令结束它：kill {pid}',
  }),
);
