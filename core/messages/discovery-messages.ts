import { catalogue } from './catalogue.ts';

/** What `gateway discover` and `dns setup` say; lines are broken here, at 80 columns. */
export const discoveryMessages = catalogue(
  {
    title: 'Gateway Discovery',
    found: 'Found {count} gateway(s) · domains: {domains}',
    thisMachine: 'this machine',
    tlsHint: 'hinted, not checked; then it is {url}',
    whyNothing: 'Why nothing may have been found:',
    notAll: 'Not everything could be asked:',
    fix: 'Fix: ',
    tip: 'Tip: gateways in other networks are not heard here. See: {command} dns setup',

    NO_NETWORK: 'This machine has no network besides loopback.',
    'fix.NO_NETWORK': 'connect it to a network and try again.',
    MULTICAST_UNAVAILABLE:
      'The network takes no multicast from this machine{detail}.\nA VPN or a guest network may forbid it.',
    'fix.MULTICAST_UNAVAILABLE':
      'use another network, or a tunnel:\nssh -N -L 18789:127.0.0.1:18789 <user>@<host>',
    MDNS_PORT_TAKEN: 'Another program keeps UDP port 5353 to itself{detail}.',
    'fix.MDNS_PORT_TAKEN': 'see which one it is, and end it:\n{holder}',
    IN_CONTAINER: 'This is a container: its network is not that of the machine.',
    'fix.IN_CONTAINER': 'search on the machine itself, or start the container with\n--network host',
    NOTHING_HEARD:
      'Nobody on this network was heard at all. Nobody announces anything there,\nor a firewall blocks UDP port 5353.',
    'fix.NOTHING_HEARD': 'let it through, here and on the machine of the gateway:\n{firewall}',
    NO_GATEWAY_ANSWERED: 'The network works, but no gateway announces itself on it.',
    'fix.NO_GATEWAY_ANSWERED':
      'on the machine of the gateway:\n{command} config set discovery.mdns.mode minimal',
    ONLY_UNUSABLE: 'Gateways were heard, but none of them names a place to connect to.',
    'fix.ONLY_UNUSABLE': 'see what they say, on their machine:\n{command} logs',
    TOO_MANY: 'More gateways are announced than are shown. Somebody may flood the network.',
    'fix.TOO_MANY':
      'connect by address:\n{command} gateway health --url ws://<address>:18789 --token <token>',

    DOMAIN_INVALID: 'The wide-area domain is no domain name:\n{domain}',
    'fix.DOMAIN_INVALID':
      'set one like this:\n{command} config set discovery.wideArea.domain openclaw.internal',
    DNS_REFUSED: 'The name server does not answer for the domain\n{domain}',
    'fix.DNS_REFUSED': 'ask the server of the domain:\n{command} gateway discover --dns-server <address>',
    DNS_UNREACHABLE: 'No name server could be reached for the domain\n{domain}',
    'fix.DNS_UNREACHABLE': 'start it, or ask another one:\n{command} gateway discover --dns-server <address>',
    DNS_TIMEOUT: 'The name server did not answer in time for the domain\n{domain}',
    'fix.DNS_TIMEOUT': 'give it more time:\n{command} gateway discover --timeout 10000',
    DNS_DOMAIN_UNKNOWN: 'The name server knows no gateways in the domain\n{domain}',
    'fix.DNS_DOMAIN_UNKNOWN':
      'on the machine of the gateway, see which records are missing:\n{command} dns setup',
    DNS_NO_GATEWAYS: 'The domain has no record of a gateway:\n{domain}',
    'fix.DNS_NO_GATEWAYS':
      'on the machine of the gateway, see which records are missing:\n{command} dns setup',
    DNS_NAME_UNUSABLE: 'A gateway has a name with blanks or other special characters in the domain\n{domain}',
    'fix.DNS_NAME_UNUSABLE': 'name it with letters, digits and hyphens, as this does:\n{command} dns setup',
    DNS_FAILED: 'The name server gave no usable answer{detail} for the domain\n{domain}',
    'fix.DNS_FAILED': 'ask another one:\n{command} gateway discover --dns-server <address>',

    setupTitle: 'Wide-area discovery in {domain}',
    setupNothing: 'Nothing was changed. These are the records, and what to do with them.',
    setupZone: '1. On this machine, keep these records as {file}:',
    setupServe: '2. Serve them, for example with CoreDNS (coredns -conf Corefile):',
    setupSplit:
      '3. Let the other machines ask this server. In the Tailscale admin console:\n   DNS → Add nameserver → Custom, address {address},\n   Restrict to domain {domain}',
    setupUse: '4. On a machine that looks for the gateway:',
    setupBind: '5. The gateway listens on loopback only. To let the tailnet in:',
    NO_TAILNET_ADDRESS: 'This machine has no Tailscale address that other networks could reach.',
    'fix.NO_TAILNET_ADDRESS':
      'start Tailscale (tailscale up), or name the address to use:\n{command} dns setup --address <ip>',
  },
  {
    title: 'Gateway(网关)发现',
    found: '找到 {count} 个 Gateway(网关) · 域: {domains}',
    thisMachine: '本机',
    tlsHint: '仅为提示，未经核实；若属实则为 {url}',
    whyNothing: '没有找到的可能原因:',
    notAll: '有些地方没能查询:',
    fix: '解决: ',
    tip: '提示: 这里听不到其他网络中的 Gateway(网关)。参见: {command} dns setup',

    NO_NETWORK: '本机除回环外没有网络。',
    'fix.NO_NETWORK': '连接网络后重试。',
    MULTICAST_UNAVAILABLE: '该网络不接受本机的多播{detail}。\nVPN 或访客网络可能禁止多播。',
    'fix.MULTICAST_UNAVAILABLE': '换一个网络,或使用隧道:\nssh -N -L 18789:127.0.0.1:18789 <user>@<host>',
    MDNS_PORT_TAKEN: '另一个程序独占了 UDP 端口 5353{detail}。',
    'fix.MDNS_PORT_TAKEN': '查看是哪个程序并结束它:\n{holder}',
    IN_CONTAINER: '这里是容器: 它的网络不是主机的网络。',
    'fix.IN_CONTAINER': '在主机上查找,或启动容器时加上\n--network host',
    NOTHING_HEARD: '网络上没有任何回应: 没有人通告,或防火墙拦截了 UDP 端口 5353。',
    'fix.NOTHING_HEARD': '在本机和 Gateway(网关)所在的机器上放行:\n{firewall}',
    NO_GATEWAY_ANSWERED: '网络正常,但没有 Gateway(网关)在其中通告。',
    'fix.NO_GATEWAY_ANSWERED':
      '在 Gateway(网关)所在的机器上运行:\n{command} config set discovery.mdns.mode minimal',
    ONLY_UNUSABLE: '听到了 Gateway(网关),但都没有给出可连接的地址。',
    'fix.ONLY_UNUSABLE': '在其所在的机器上查看日志:\n{command} logs',
    TOO_MANY: '通告的 Gateway(网关)多于能显示的数量,可能有人在淹没网络。',
    'fix.TOO_MANY': '按地址连接:\n{command} gateway health --url ws://<address>:18789 --token <token>',

    DOMAIN_INVALID: '广域的域不是有效的域名:\n{domain}',
    'fix.DOMAIN_INVALID': '这样设置:\n{command} config set discovery.wideArea.domain openclaw.internal',
    DNS_REFUSED: 'DNS 服务器拒绝回答这个域:\n{domain}',
    'fix.DNS_REFUSED': '询问负责该域的服务器:\n{command} gateway discover --dns-server <address>',
    DNS_UNREACHABLE: '连接不到 DNS 服务器,无法查询这个域:\n{domain}',
    'fix.DNS_UNREACHABLE': '启动它,或询问另一台:\n{command} gateway discover --dns-server <address>',
    DNS_TIMEOUT: 'DNS 服务器没有及时回答这个域:\n{domain}',
    'fix.DNS_TIMEOUT': '给它更多时间:\n{command} gateway discover --timeout 10000',
    DNS_DOMAIN_UNKNOWN: 'DNS 服务器不知道这个域中有 Gateway(网关):\n{domain}',
    'fix.DNS_DOMAIN_UNKNOWN': '在 Gateway(网关)所在的机器上查看缺少的记录:\n{command} dns setup',
    DNS_NO_GATEWAYS: '这个域没有 Gateway(网关)的记录:\n{domain}',
    'fix.DNS_NO_GATEWAYS': '在 Gateway(网关)所在的机器上查看缺少的记录:\n{command} dns setup',
    DNS_NAME_UNUSABLE: '有 Gateway(网关)的名称含有空格或其他特殊字符,所在的域:\n{domain}',
    'fix.DNS_NAME_UNUSABLE': '名称只用字母、数字和连字符,如同:\n{command} dns setup',
    DNS_FAILED: 'DNS 服务器没有给出可用的回答{detail},域:\n{domain}',
    'fix.DNS_FAILED': '询问另一台:\n{command} gateway discover --dns-server <address>',

    setupTitle: '{domain} 中的广域发现',
    setupNothing: '没有做任何更改。以下是记录和使用方法。',
    setupZone: '1. 在本机把这些记录保存为 {file}:',
    setupServe: '2. 提供这些记录,例如用 CoreDNS (coredns -conf Corefile):',
    setupSplit:
      '3. 让其他机器询问这台服务器。在 Tailscale 管理控制台中:\n   DNS → Add nameserver → Custom,地址 {address},\n   Restrict to domain {domain}',
    setupUse: '4. 在要查找 Gateway(网关)的机器上:',
    setupBind: '5. Gateway(网关)只监听回环。要让 tailnet 进入:',
    NO_TAILNET_ADDRESS: '本机没有其他网络能到达的 Tailscale 地址。',
    'fix.NO_TAILNET_ADDRESS':
      '启动 Tailscale (tailscale up),或指定要用的地址:\n{command} dns setup --address <ip>',
  },
);
