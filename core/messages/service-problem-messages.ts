import { catalogue } from './catalogue.ts';

/** Why a service command did not do what it was asked, by the code of the problem. */
export const serviceProblemMessages = catalogue(
  () => ({
    MANAGER_MISSING: 'There is no {program} here, so no service can be installed.',
    MANAGER_MISSING_IN_CONTAINER: 'This is a container without systemd, so no service can be installed.',
    USER_BUS_MISSING: 'The systemd of user {user} cannot be reached:\n{detail}',
    USER_BUS_MISSING_IN_CONTAINER: 'This container runs no systemd for user {user}:\n{detail}',
    RUN_WITH_SUDO: 'With sudo the service would belong to root, not to {user}.',
    HOME_DIFFERS:
      'HOME is {ours} here,\nbut {theirs} for the service manager.\nThe service would use other files than this command.',
    DESKTOP_SESSION_MISSING:
      'Nobody is logged in at the screen of this Mac (gui/{uid}), so launchd starts\nno agent for this user.',
    MANAGER_DENIED: 'Not allowed: {command}\n{detail}',
    MANAGER_SILENT: 'The service manager did not answer in time:\n{command}',
    MANAGER_FAILED: 'This failed: {command}\n{detail}',
    DEFINITION_NOT_OURS: 'The service {service} is of another program; nothing was changed:\n{file}',
    PROGRAM_MISSING: 'The program that the service would start is not there: {path}',
    GATEWAY_RUNS_OUTSIDE:
      'A gateway that is no service runs already on port {port} (pid {pid}).\nTwo of them cannot share one state directory.',
    PORT_TAKEN: 'Port {port} is in use by another program:\n{who}',
    NOT_INSTALLED: 'The gateway service is not installed: {service}',
    ENDED_AT_ONCE: 'The service was started, but its gateway ended (status {exit}).\n{service}: {state}',
    DOES_NOT_ANSWER:
      'The service was started, but no new gateway answered within {seconds} s.\n{service}: {state}',
    DOES_NOT_STOP: 'The gateway (pid {pid}) did not end within {seconds} s.',
    RUNTIME_REFUSED: 'The gateway runs on Node only; --runtime {runtime} is not available.',
    CONFIG_MISSING: 'There is no configuration yet: {file}',
    CONFIG_UNUSABLE: 'The configuration cannot be used: {file}\n{path}: {reason}',
    MODE_NOT_LOCAL:
      'gateway.mode is not local (it is: {mode}), so no gateway would start here.\nConfig: {file}',
    AUTH_MODE_UNCLEAR:
      'gateway.auth.token and gateway.auth.password are both set, and gateway.auth.mode\ndoes not say which one counts.',
    SECRET_UNRESOLVED: 'The secret that the gateway needs cannot be had.\n{path}: {reason}',
    TOKEN_IS_REFERENCE: '{path} is a SecretRef; --token would replace it by plain text.',
    TOKEN_UNUSABLE: 'The token that was given is empty, or holds what no token can hold.',
    TOKEN_NOT_USED: 'A token was given, but gateway.auth.mode is {mode}: it would count for nothing.',
    PASSWORD_MISSING: 'gateway.auth.mode is password, but no password is set.',
    PASSWORD_ONLY_IN_SHELL:
      'Only this shell has the password (OPENCLAW_GATEWAY_PASSWORD).\nThe service does not get it.',
    START_BLOCKED: 'A gateway would not start with this configuration.\n{reason}',

    MANAGER_MISSING_FIX: 'Run it in the foreground, or under a supervisor: {command} gateway run',
    MANAGER_MISSING_IN_CONTAINER_FIX: 'Make this the command of the container: {command} gateway run',
    USER_BUS_MISSING_FIX:
      'Start it, and try again:\nsudo loginctl enable-linger {user} && export XDG_RUNTIME_DIR=/run/user/{uid}\nWithout systemd, run it in the foreground: {command} gateway run',
    USER_BUS_MISSING_IN_CONTAINER_FIX: 'Make this the command of the container: {command} gateway run',
    RUN_WITH_SUDO_FIX: 'Run the same command without sudo.',
    HOME_DIFFERS_FIX: 'Log in as the user whose gateway it is, or run it again with HOME={theirs}',
    DESKTOP_SESSION_MISSING_FIX: 'Log in at the screen, or run it in the foreground: {command} gateway run',
    MANAGER_DENIED_FIX: 'Ask the administrator of this machine, or run: {command} gateway run',
    MANAGER_SILENT_FIX:
      'Wait a moment and try again. If it stays so, log out and in again,\nor restart this machine.\nMeanwhile run it in the foreground: {command} gateway run',
    MANAGER_FAILED_FIX: 'Mend what it says, or run it in the foreground: {command} gateway run',
    DEFINITION_NOT_OURS_FIX:
      'Use the program that installed it, or take it over (a copy is kept):\n{command} gateway install --force',
    PORT_TAKEN_FIX: 'End that program, or take another port:\n{command} gateway install --force --port 18790',
    ENDED_AT_ONCE_FIX: 'See it in the foreground, and mend what it says: {command} gateway run',
    SECRET_UNRESOLVED_FIX: 'Mend the reference, then look again: {command} config validate',
    TOKEN_UNUSABLE_FIX: 'Leave --token out, and a token is made: {command} gateway install',
    PASSWORD_ONLY_IN_SHELL_FIX:
      'Save it, and install again:\nprintenv OPENCLAW_GATEWAY_PASSWORD | {command} config set gateway.auth.password -',
  }),
  () => ({
    MANAGER_MISSING: '这里没有 {program}，无法安装服务。',
    MANAGER_MISSING_IN_CONTAINER: '这是一个没有 systemd 的容器，无法安装服务。',
    USER_BUS_MISSING: '无法连接用户 {user} 的 systemd：\n{detail}',
    USER_BUS_MISSING_IN_CONTAINER: '这个容器没有为用户 {user} 运行 systemd：\n{detail}',
    RUN_WITH_SUDO: '使用 sudo 时，服务会属于 root，而不是 {user}。',
    HOME_DIFFERS: '此处的 HOME 是 {ours}，\n而服务管理器的是 {theirs}。\n服务会使用与本命令不同的文件。',
    DESKTOP_SESSION_MISSING: '没有人在这台 Mac 的屏幕前登录（gui/{uid}），\nlaunchd 不会为该用户启动代理。',
    MANAGER_DENIED: '没有权限：{command}\n{detail}',
    MANAGER_SILENT: '服务管理器没有及时应答：\n{command}',
    MANAGER_FAILED: '执行失败：{command}\n{detail}',
    DEFINITION_NOT_OURS: '服务 {service} 属于另一个程序；没有做任何更改：\n{file}',
    PROGRAM_MISSING: '服务要启动的程序不存在：{path}',
    GATEWAY_RUNS_OUTSIDE:
      '已有一个不属于服务的网关在端口 {port} 上运行（进程 {pid}）。\n两个网关不能共用一个状态目录。',
    PORT_TAKEN: '端口 {port} 被另一个程序占用：\n{who}',
    NOT_INSTALLED: '网关服务尚未安装：{service}',
    ENDED_AT_ONCE: '服务已启动，但其中的网关随即退出（状态 {exit}）。\n{service}：{state}',
    DOES_NOT_ANSWER: '服务已启动，但 {seconds} 秒内没有新的网关响应。\n{service}：{state}',
    DOES_NOT_STOP: '网关（进程 {pid}）在 {seconds} 秒内没有结束。',
    RUNTIME_REFUSED: '网关只能用 Node 运行；不支持 --runtime {runtime}。',
    CONFIG_MISSING: '还没有配置文件：{file}',
    CONFIG_UNUSABLE: '配置无法使用：{file}\n{path}：{reason}',
    MODE_NOT_LOCAL: 'gateway.mode 不是 local（当前：{mode}），网关不会在这里启动。\n配置：{file}',
    AUTH_MODE_UNCLEAR:
      'gateway.auth.token 和 gateway.auth.password 都已设置，\n而 gateway.auth.mode 没有说明以哪个为准。',
    SECRET_UNRESOLVED: '无法取得网关所需的密钥。\n{path}：{reason}',
    TOKEN_IS_REFERENCE: '{path} 是一个 SecretRef；--token 会用明文取代它。',
    TOKEN_UNUSABLE: '给出的令牌是空的，或含有令牌不能有的字符。',
    TOKEN_NOT_USED: '给出了令牌，但 gateway.auth.mode 是 {mode}：令牌不起作用。',
    PASSWORD_MISSING: 'gateway.auth.mode 是 password，但没有设置密码。',
    PASSWORD_ONLY_IN_SHELL: '只有当前 shell 知道密码（OPENCLAW_GATEWAY_PASSWORD）。\n服务得不到它。',
    START_BLOCKED: '使用这份配置，网关无法启动。\n{reason}',

    MANAGER_MISSING_FIX: '在前台运行，或交给你自己的进程管理器：{command} gateway run',
    MANAGER_MISSING_IN_CONTAINER_FIX: '把它设为容器的启动命令：{command} gateway run',
    USER_BUS_MISSING_FIX:
      '启动它，然后重试：\nsudo loginctl enable-linger {user} && export XDG_RUNTIME_DIR=/run/user/{uid}\n没有 systemd 时，请在前台运行：{command} gateway run',
    USER_BUS_MISSING_IN_CONTAINER_FIX: '把它设为容器的启动命令：{command} gateway run',
    RUN_WITH_SUDO_FIX: '不用 sudo，重新运行同一条命令。',
    HOME_DIFFERS_FIX: '以网关所属的用户登录，或使用 HOME={theirs} 重新运行',
    DESKTOP_SESSION_MISSING_FIX: '在屏幕前登录，或在前台运行：{command} gateway run',
    MANAGER_DENIED_FIX: '请联系本机管理员，或运行：{command} gateway run',
    MANAGER_SILENT_FIX:
      '稍候再试。如果一直如此，请注销后重新登录，或重启本机。\n在此期间可在前台运行：{command} gateway run',
    MANAGER_FAILED_FIX: '按提示修复，或在前台运行：{command} gateway run',
    DEFINITION_NOT_OURS_FIX:
      '使用安装它的那个程序，或者接管它（会保留副本）：\n{command} gateway install --force',
    PORT_TAKEN_FIX: '结束那个程序，或换一个端口：\n{command} gateway install --force --port 18790',
    ENDED_AT_ONCE_FIX: '在前台查看，并按提示修复：{command} gateway run',
    SECRET_UNRESOLVED_FIX: '修复引用，然后再检查：{command} config validate',
    TOKEN_UNUSABLE_FIX: '去掉 --token，会自动生成令牌：{command} gateway install',
    PASSWORD_ONLY_IN_SHELL_FIX:
      '先保存它，再重新安装：\nprintenv OPENCLAW_GATEWAY_PASSWORD | {command} config set gateway.auth.password -',
  }),
);
