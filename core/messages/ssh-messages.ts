import { catalogue } from './catalogue.ts';

/**
 * What is said about SSH, tunnels and the gateway at their end. `CODE` says what is wrong, `CODE_FIX` what to do;
 * both are broken into lines of at most 80 columns, beyond what the values add.
 */
export const sshMessages = catalogue(
  () => ({
    SSH_TARGET_INVALID: '"{target}" is no host to reach over SSH:\n{why}.',
    SSH_TARGET_INVALID_FIX: 'Write user@host or user@host:port, for example:\n  {openclaw} tunnel ann@box:22',
    SSH_CONFIG_UNUSABLE: '{file} cannot be used ({reason}).',
    SSH_CONFIG_UNUSABLE_FIX: 'Mend or move that file, then try again:\n  ls -l {file}',
    SSH_CONFIG_UNSAFE: '{file} is not used: other users could have written it.',
    SSH_CONFIG_UNSAFE_FIX: 'Let nobody else write it:\n  chmod go-w {file}',
    SSH_PROXY_COMMAND: 'The SSH configuration of {host} uses ProxyCommand, which is not\nsupported here.',
    SSH_PROXY_COMMAND_FIX: 'Use ProxyJump in ~/.ssh/config instead:\n  ProxyJump user@jump-host',
    SSH_JUMP_LOOP: 'The way to {host} leads over more than {hops} hosts, or in a circle.',
    SSH_JUMP_LOOP_FIX: 'Look at the ProxyJump lines; this shows what they come to:\n  ssh -G {host}',
    SSH_JUMP_REFUSED:
      '{jump} is reached over SSH, but gets no connection to {host}, port {port}\n({reason}).',
    SSH_JUMP_REFUSED_FIX:
      'Check that {host} is on, and its lines in ~/.ssh/config. This shows\nwhere the way ends:\n  ssh -v -p {port} {alias}',
    HOST_KEY_UNKNOWN:
      'Nobody has confirmed yet that this key belongs to {host}, port {port}:\n  {type} {fingerprint}',
    HOST_KEY_UNKNOWN_FIX:
      'Compare it with what this prints on the host itself:\n  {keyCommand}\nOnly if both are equal, accept it:\n  {again} --accept-host-key {fingerprint}',
    HOST_KEY_CHANGED:
      'STOP: the key of {host}, port {port}, is not the one that is known.\nEither the host was set up anew, or somebody listens in between.\nNothing was sent.',
    HOST_KEY_CHANGED_FIX:
      'Ask whoever runs the host whether its key changed; this prints it there:\n  {keyCommand}\nOnly if that is the new key, remove the old one here and connect again:\n  {removal}',
    HOST_KEY_REVOKED: 'STOP: the key that {host}, port {port}, shows has been revoked.\nNothing was sent.',
    HOST_KEY_REVOKED_FIX:
      'Whoever runs the host has to give it a new key. On the host:\n  sudo rm /etc/ssh/ssh_host_* && sudo ssh-keygen -A\n  sudo systemctl restart ssh',
    SSH_DNS: 'There is no host called {host} ({reason}).',
    SSH_DNS_FIX: 'Check the name and that this machine is online:\n  ping {host}',
    SSH_REFUSED: '{host} answers, but nothing takes SSH connections at port {port}.',
    SSH_REFUSED_FIX:
      'Check the port, or start the SSH server. On the host:\n  sudo systemctl enable --now ssh',
    SSH_UNREACHABLE: '{host}, port {port}, cannot be reached ({reason}).',
    SSH_UNREACHABLE_FIX: 'Check that this machine is online, and its VPN if it needs one:\n  ping {host}',
    SSH_TIMEOUT: '{host}, port {port}, does not answer in time ({reason}).',
    SSH_TIMEOUT_FIX: 'Check that the host is on, and that no firewall is in between:\n  ping {host}',
    SSH_NOT_SSH: 'What answers at {host}, port {port}, does not speak SSH.',
    SSH_NOT_SSH_FIX: 'Check the port; SSH usually is at 22:\n  {usualPort}',
    SSH_NO_COMMON_ALGORITHM: '{host} takes none of the ciphers and keys that are used here\n({reason}).',
    SSH_NO_COMMON_ALGORITHM_FIX:
      'Let it take one more. On the host, at the top of /etc/ssh/sshd_config:\n  {sshdLine}\nThen there (a server that is too old for it has to be updated first):\n  sudo systemctl reload ssh',
    SSH_AUTH_FAILED: '{host} does not let {user} in. It takes: {methods}.\nShown to it were: {keys}',
    SSH_AUTH_FAILED_FIX: 'Add your public key to ~/.ssh/authorized_keys of {user} there:\n  {copyKey}',
    SSH_AUTH_TOO_MANY: '{host} hung up after too many keys; {keys} were at hand.',
    SSH_AUTH_TOO_MANY_FIX: 'Name the one to use:\n  {again} --ssh-identity ~/.ssh/id_ed25519',
    SSH_SECOND_FACTOR:
      '{host} took the key {key},\nbut wants something more, such as a password or a code, which is not asked\nfor here.',
    SSH_SECOND_FACTOR_FIX:
      'Let {user} in there by the key alone. On the host, at the end of\n/etc/ssh/sshd_config:\n  Match User {user}\n    AuthenticationMethods publickey\nThen there:\n  sudo systemctl reload ssh',
    SSH_NO_KEY: 'There is no key to log in to {host} with. It takes: {methods}.',
    SSH_NO_KEY_FIX: 'Make a key and add it there:\n  ssh-keygen -t ed25519\n  {copyKey}',
    SSH_KEY_MISSING: 'There is no key at {path}.',
    SSH_KEY_MISSING_FIX: 'See which keys there are:\n  ls ~/.ssh',
    SSH_KEY_UNSAFE: 'The key {path} is not used: other users can read it.',
    SSH_KEY_UNSAFE_FIX: 'Make it yours alone:\n  chmod 600 {path}',
    SSH_KEY_UNUSABLE: 'The key {path} cannot be used ({reason}).',
    SSH_KEY_UNUSABLE_FIX:
      'Name another key, or rewrite this one in the format of today:\n  ssh-keygen -p -f {path}',
    SSH_PASSPHRASE_NEEDED: 'The key {path} needs its passphrase.',
    SSH_PASSPHRASE_NEEDED_FIX:
      'Run this in a terminal, or give the key to your agent first:\n  ssh-add {path}',
    SSH_PASSPHRASE_WRONG: 'That is not the passphrase of {path}.',
    SSH_PASSPHRASE_WRONG_FIX: 'Try again; this checks the passphrase alone:\n  ssh-keygen -y -f {path}',
    SSH_LOST: 'The connection to {host}, port {port}, was lost ({reason}).',
    SSH_LOST_FIX: 'Check that the host still runs, then try again:\n  {again}',
    FORWARDING_FORBIDDEN: '{host} lets nobody forward to {place}.',
    FORWARDING_FORBIDDEN_FIX:
      'Allow it in /etc/ssh/sshd_config of the host (AllowTcpForwarding local,\nPermitOpen any), then run there:\n  sudo systemctl reload ssh',
    REMOTE_PORT_CLOSED: 'SSH to {host} works, but nothing listens at {place} there.',
    REMOTE_PORT_CLOSED_FIX:
      'Start the gateway on the host, or pass its port as --remote-port. There:\n  openclaw gateway run',
    LOCAL_PORT_TAKEN: 'Port {port} of this machine is taken by\n  {holder}',
    LOCAL_PORT_TAKEN_FIX: 'End that program, or let a free port be chosen:\n  {anyPort}',
    LOCAL_PORT_UNUSABLE: 'Port {port} of this machine cannot be used ({reason}).',
    LOCAL_PORT_UNUSABLE_FIX: 'Let a free port be chosen:\n  {anyPort}',
    GATEWAY_UNKNOWN:
      'The gateway at {remote} proved that it is\n  {gatewayId}\nNobody has confirmed yet that it is the right one.',
    GATEWAY_UNKNOWN_FIX:
      'Compare it with the deviceId that this prints on its host:\n  openclaw gateway call gateway.identity.get\nOnly if both are equal, accept it:\n  {again} --accept-gateway {gatewayId}',
    GATEWAY_CHANGED:
      'STOP: the gateway at {remote} is not the one that is known.\n  known  {pinned}\n  now    {gatewayId}\nNo credential was sent.',
    GATEWAY_CHANGED_FIX:
      'If it was set up anew, its host shows the new id as deviceId:\n  openclaw gateway call gateway.identity.get\nOnly if it is the new one above, accept it:\n  {acceptance}',
    GATEWAY_UNPROVEN:
      'What listens at {remote} cannot prove which gateway it is\n({reason}). Gateways of other programs cannot; neither can an impostor.',
    GATEWAY_UNPROVEN_FIX:
      'If you trust every user and program there, go on without proof:\n  {again} --trust-host',
    GATEWAY_PROOF_INVALID:
      'STOP: what listens at {remote} offers a false proof ({reason}).\nNo credential was sent.',
    GATEWAY_PROOF_INVALID_FIX: 'See which program listens there. On the host:\n  sudo ss -ltnp',
    GATEWAY_SILENT: 'What listens at {remote} does not answer.',
    GATEWAY_SILENT_FIX: 'See how the gateway is. On the host:\n  openclaw gateway health',

    'fault.empty': 'it is empty',
    'fault.dash': 'no part may begin with a dash',
    'fault.characters': 'only plain letters, digits and . _ - @ : [ ] may be in it',
    'fault.user': 'that is no user name',
    'fault.host': 'that is no host name',
    'fault.port': 'the port is a number from 1 to 65535',
    'fault.brackets': 'an IPv6 address stands in brackets, as in [2001:db8::1]:22',

    'known.old': '  known  {type} {fingerprint}\n         {file}:{line}',
    'known.new': '  now    {type} {fingerprint}',

    'note.match-ignored': '{file}:{line}: Match is not supported; this part is passed over.',
    'note.key-missing': 'There is no key at {path}, which ~/.ssh/config names.',
    'note.key-unsafe': 'The key {path} is not used: other users can read it. Fix: chmod 600 {path}',
    'note.key-unusable': 'The key {path} cannot be used ({reason}).',
    'note.certificate-ignored': 'Certificates are not supported; the key itself is shown, not {path}.',
    'note.agent-silent': 'The SSH agent at {address} does not answer; its keys are not used.',

    'ask.host-key': 'The key of {host}, port {port}, is not known yet:',
    'ask.host-key.how': 'Compare it with what this prints on the host itself:',
    'ask.host-key.authority':
      'A @cert-authority line in {file}:{line} is about this host; certificates of hosts\nare not supported, so the key itself has to be confirmed.',
    'ask.host-key.question': 'Are both equal? Trust this key from now on? [y/N] ',
    'ask.gateway': 'The gateway at {remote} proved that it is\n  {gatewayId}',
    'ask.gateway.how':
      'Compare it with the deviceId that this prints on its host:\n  openclaw gateway call gateway.identity.get',
    'ask.gateway.question': 'Are both equal? Trust this gateway from now on? [y/N] ',
    'ask.unproven':
      'What listens at {remote} cannot prove which gateway it is\n({reason}). Whatever you send it, any user or program of that host could be the one to get.',
    'ask.unproven.question': 'Go on without proof, this time? [y/N] ',
    'ask.passphrase': 'Passphrase of {path}: ',
    'ask.passphrase.again': 'That was not it. Passphrase of {path}: ',

    'state.connecting': 'Connecting to {target} …',
    'state.connected': 'Connected: {url} leads to the gateway of {target}.',
    'state.reconnecting': 'Not connected; attempt {attempt} in {seconds} s. {why}',
    'state.closed': 'Closed.',
    'tunnel.gateway': 'Gateway: {gatewayId}',
    'tunnel.unproven': 'Gateway: not proven; you trust every user and program of the host.',
    'tunnel.use': 'Use it: {openclaw} gateway health --url {url} --token <token>',
    'tunnel.end': 'Ctrl-C ends the tunnel.',
    'tunnel.noTarget':
      'Which host? Nothing was given, and gateway.remote.sshTarget is not set.\nFix: {openclaw} tunnel user@host',
    fix: 'Fix: {fix}',
  }),
  () => ({
    SSH_TARGET_INVALID: '“{target}” 不是可通过 SSH 连接的主机：\n{why}。',
    SSH_TARGET_INVALID_FIX: '请写成 user@host 或 user@host:port，例如：\n  {openclaw} tunnel ann@box:22',
    SSH_CONFIG_UNUSABLE: '无法使用 {file}（{reason}）。',
    SSH_CONFIG_UNUSABLE_FIX: '修好或移走该文件，然后重试：\n  ls -l {file}',
    SSH_CONFIG_UNSAFE: '未使用 {file}：其他用户可能改写过它。',
    SSH_CONFIG_UNSAFE_FIX: '将它设为仅自己可写：\n  chmod go-w {file}',
    SSH_PROXY_COMMAND: '{host} 的 SSH 配置使用了 ProxyCommand，此处不支持。',
    SSH_PROXY_COMMAND_FIX: '请在 ~/.ssh/config 中改用 ProxyJump：\n  ProxyJump user@jump-host',
    SSH_JUMP_LOOP: '通往 {host} 的路径超过 {hops} 台主机，或形成了环路。',
    SSH_JUMP_LOOP_FIX: '检查 ProxyJump 各行；此命令显示最终结果：\n  ssh -G {host}',
    SSH_JUMP_REFUSED: '已通过 SSH 到达 {jump}，但它无法连接 {host} 的端口 {port}\n（{reason}）。',
    SSH_JUMP_REFUSED_FIX:
      '检查 {host} 是否开机，以及它在 ~/.ssh/config 中的设置。\n此命令显示在哪里中断：\n  ssh -v -p {port} {alias}',
    HOST_KEY_UNKNOWN: '还没有人确认此密钥属于 {host} 的端口 {port}：\n  {type} {fingerprint}',
    HOST_KEY_UNKNOWN_FIX:
      '请与在该主机上运行此命令的输出比较：\n  {keyCommand}\n只有两者相同，才接受它：\n  {again} --accept-host-key {fingerprint}',
    HOST_KEY_CHANGED:
      '停止：{host} 端口 {port} 的密钥与已知的不同。\n要么该主机重新安装过，要么有人在中间窃听。\n没有发送任何内容。',
    HOST_KEY_CHANGED_FIX:
      '请向该主机的管理员确认密钥是否已更换；在主机上这样查看：\n  {keyCommand}\n只有显示的是新密钥，才在本机删除旧密钥并重新连接：\n  {removal}',
    HOST_KEY_REVOKED: '停止：{host} 端口 {port} 出示的密钥已被吊销。\n没有发送任何内容。',
    HOST_KEY_REVOKED_FIX:
      '需由该主机的管理员更换密钥。在主机上运行：\n  sudo rm /etc/ssh/ssh_host_* && sudo ssh-keygen -A\n  sudo systemctl restart ssh',
    SSH_DNS: '找不到名为 {host} 的主机（{reason}）。',
    SSH_DNS_FIX: '检查名称，以及本机是否已联网：\n  ping {host}',
    SSH_REFUSED: '{host} 有响应，但端口 {port} 不接受 SSH 连接。',
    SSH_REFUSED_FIX: '检查端口，或启动 SSH 服务器。在主机上运行：\n  sudo systemctl enable --now ssh',
    SSH_UNREACHABLE: '无法到达 {host} 的端口 {port}（{reason}）。',
    SSH_UNREACHABLE_FIX: '检查本机是否已联网，如需 VPN 也请检查：\n  ping {host}',
    SSH_TIMEOUT: '{host} 的端口 {port} 未及时响应（{reason}）。',
    SSH_TIMEOUT_FIX: '检查该主机是否开机，中间是否有防火墙：\n  ping {host}',
    SSH_NOT_SSH: '{host} 端口 {port} 上应答的不是 SSH。',
    SSH_NOT_SSH_FIX: '检查端口；SSH 通常使用 22：\n  {usualPort}',
    SSH_NO_COMMON_ALGORITHM: '{host} 不接受此处使用的任何加密方式或密钥\n（{reason}）。',
    SSH_NO_COMMON_ALGORITHM_FIX:
      '让它多接受一种。在主机上的 /etc/ssh/sshd_config 开头写入：\n  {sshdLine}\n然后在主机上运行（服务器过旧而不认识它时，先更新服务器）：\n  sudo systemctl reload ssh',
    SSH_AUTH_FAILED: '{host} 不允许 {user} 登录。它接受：{methods}。\n已出示：{keys}',
    SSH_AUTH_FAILED_FIX: '将你的公钥加入该主机上 {user} 的 ~/.ssh/authorized_keys：\n  {copyKey}',
    SSH_AUTH_TOO_MANY: '{host} 因出示的密钥过多而断开；共有 {keys} 个。',
    SSH_AUTH_TOO_MANY_FIX: '指定要使用的密钥：\n  {again} --ssh-identity ~/.ssh/id_ed25519',
    SSH_SECOND_FACTOR: '{host} 接受了密钥 {key}，\n但还要求密码或验证码等，而此处不会询问它们。',
    SSH_SECOND_FACTOR_FIX:
      '让 {user} 在那里只凭密钥登录。在主机上的 /etc/ssh/sshd_config 末尾写入：\n  Match User {user}\n    AuthenticationMethods publickey\n然后在主机上运行：\n  sudo systemctl reload ssh',
    SSH_NO_KEY: '没有可用于登录 {host} 的密钥。它接受：{methods}。',
    SSH_NO_KEY_FIX: '生成密钥并添加到该主机：\n  ssh-keygen -t ed25519\n  {copyKey}',
    SSH_KEY_MISSING: '{path} 处没有密钥。',
    SSH_KEY_MISSING_FIX: '查看有哪些密钥：\n  ls ~/.ssh',
    SSH_KEY_UNSAFE: '未使用密钥 {path}：其他用户可以读取它。',
    SSH_KEY_UNSAFE_FIX: '将它设为仅自己可读：\n  chmod 600 {path}',
    SSH_KEY_UNUSABLE: '无法使用密钥 {path}（{reason}）。',
    SSH_KEY_UNUSABLE_FIX: '请指定其他密钥，或将此密钥改写为当前格式：\n  ssh-keygen -p -f {path}',
    SSH_PASSPHRASE_NEEDED: '密钥 {path} 需要口令。',
    SSH_PASSPHRASE_NEEDED_FIX: '请在终端中运行，或先把密钥交给代理：\n  ssh-add {path}',
    SSH_PASSPHRASE_WRONG: '这不是 {path} 的口令。',
    SSH_PASSPHRASE_WRONG_FIX: '请重试；此命令仅检查口令：\n  ssh-keygen -y -f {path}',
    SSH_LOST: '与 {host} 端口 {port} 的连接已断开（{reason}）。',
    SSH_LOST_FIX: '检查该主机是否仍在运行，然后重试：\n  {again}',
    FORWARDING_FORBIDDEN: '{host} 不允许转发到 {place}。',
    FORWARDING_FORBIDDEN_FIX:
      '在主机的 /etc/ssh/sshd_config 中允许它（AllowTcpForwarding local，\nPermitOpen any），然后在主机上运行：\n  sudo systemctl reload ssh',
    REMOTE_PORT_CLOSED: '到 {host} 的 SSH 正常，但那里没有程序监听 {place}。',
    REMOTE_PORT_CLOSED_FIX:
      '在该主机上启动网关，或用 --remote-port 指定端口。在主机上运行：\n  openclaw gateway run',
    LOCAL_PORT_TAKEN: '本机端口 {port} 已被占用：\n  {holder}',
    LOCAL_PORT_TAKEN_FIX: '结束该程序，或自动选择空闲端口：\n  {anyPort}',
    LOCAL_PORT_UNUSABLE: '无法使用本机端口 {port}（{reason}）。',
    LOCAL_PORT_UNUSABLE_FIX: '自动选择空闲端口：\n  {anyPort}',
    GATEWAY_UNKNOWN: '{remote} 处的网关已证明其身份为\n  {gatewayId}\n还没有人确认它就是要连接的那一个。',
    GATEWAY_UNKNOWN_FIX:
      '请与在其主机上运行此命令输出的 deviceId 比较：\n  openclaw gateway call gateway.identity.get\n只有两者相同，才接受它：\n  {again} --accept-gateway {gatewayId}',
    GATEWAY_CHANGED:
      '停止：{remote} 处的网关不是已知的那一个。\n  已知  {pinned}\n  现在  {gatewayId}\n没有发送任何凭据。',
    GATEWAY_CHANGED_FIX:
      '如果它重新安装过，其主机会以 deviceId 显示新的标识：\n  openclaw gateway call gateway.identity.get\n只有与上面的新标识相同，才接受它：\n  {acceptance}',
    GATEWAY_UNPROVEN:
      '{remote} 处的监听程序无法证明自己是哪个网关（{reason}）。\n其他程序的网关无法证明；冒充者也无法证明。',
    GATEWAY_UNPROVEN_FIX: '如果你信任该主机上的所有用户和程序，可不经证明继续：\n  {again} --trust-host',
    GATEWAY_PROOF_INVALID: '停止：{remote} 处的监听程序给出了虚假证明（{reason}）。\n没有发送任何凭据。',
    GATEWAY_PROOF_INVALID_FIX: '查看是哪个程序在那里监听。在主机上运行：\n  sudo ss -ltnp',
    GATEWAY_SILENT: '{remote} 处的监听程序没有应答。',
    GATEWAY_SILENT_FIX: '查看网关的状态。在主机上运行：\n  openclaw gateway health',

    'fault.empty': '内容为空',
    'fault.dash': '任何部分都不能以短横线开头',
    'fault.characters': '只能包含普通字母、数字以及 . _ - @ : [ ]',
    'fault.user': '用户名无效',
    'fault.host': '主机名无效',
    'fault.port': '端口是 1 到 65535 之间的数字',
    'fault.brackets': 'IPv6 地址要写在方括号中，例如 [2001:db8::1]:22',

    'known.old': '  已知  {type} {fingerprint}\n        {file}:{line}',
    'known.new': '  现在  {type} {fingerprint}',

    'note.match-ignored': '{file}:{line}：不支持 Match；此部分被跳过。',
    'note.key-missing': '~/.ssh/config 中指定的 {path} 处没有密钥。',
    'note.key-unsafe': '未使用密钥 {path}：其他用户可以读取它。修复：chmod 600 {path}',
    'note.key-unusable': '无法使用密钥 {path}（{reason}）。',
    'note.certificate-ignored': '不支持证书；出示的是密钥本身，而不是 {path}。',
    'note.agent-silent': '{address} 处的 SSH 代理没有应答；未使用其中的密钥。',

    'ask.host-key': '{host} 端口 {port} 的密钥尚未知：',
    'ask.host-key.how': '请与在该主机上运行此命令的输出比较：',
    'ask.host-key.authority':
      '{file}:{line} 中的 @cert-authority 涉及此主机；不支持主机证书，\n因此需要确认密钥本身。',
    'ask.host-key.question': '两者相同吗？从现在起信任此密钥？[y/N] ',
    'ask.gateway': '{remote} 处的网关已证明其身份为\n  {gatewayId}',
    'ask.gateway.how':
      '请与在其主机上运行此命令输出的 deviceId 比较：\n  openclaw gateway call gateway.identity.get',
    'ask.gateway.question': '两者相同吗？从现在起信任此网关？[y/N] ',
    'ask.unproven':
      '{remote} 处的监听程序无法证明自己是哪个网关（{reason}）。\n你发送的内容可能被该主机上的任何用户或程序得到。',
    'ask.unproven.question': '这一次不经证明继续？[y/N] ',
    'ask.passphrase': '{path} 的口令：',
    'ask.passphrase.again': '口令不对。{path} 的口令：',

    'state.connecting': '正在连接 {target} …',
    'state.connected': '已连接：{url} 通往 {target} 的网关。',
    'state.reconnecting': '未连接；{seconds} 秒后进行第 {attempt} 次尝试。{why}',
    'state.closed': '已关闭。',
    'tunnel.gateway': '网关：{gatewayId}',
    'tunnel.unproven': '网关：未经证明；你信任该主机上的所有用户和程序。',
    'tunnel.use': '使用：{openclaw} gateway health --url {url} --token <令牌>',
    'tunnel.end': '按 Ctrl-C 结束隧道。',
    'tunnel.noTarget':
      '哪台主机？没有给出，gateway.remote.sshTarget 也未设置。\n修复：{openclaw} tunnel user@host',
    fix: '修复：{fix}',
  }),
);
