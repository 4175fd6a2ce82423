import { isIPv4 } from 'node:net';
import { machineFacts } from '../../core/discovery/machine-facts.ts';
import { readInterfaces, tailnetAddress } from '../../core/discovery/network.ts';
import type { GatewayFacts } from '../../core/discovery/txt-record.ts';
import { domainName } from '../../core/discovery/wide-area.ts';
import { wideAreaDomain } from '../../core/discovery/wide-area-domain.ts';
import { zoneFile } from '../../core/discovery/zone.ts';
import { asText, valueAt } from '../../core/lib/json.ts';
import { discoveryMessages } from '../../core/messages/discovery-messages.ts';
import { RpcError } from '../../core/protocol/errors.ts';
import { commandName } from '../command-name.ts';
import type { DnsSetupFlags } from '../commands/dns.ts';
import type { Action, Invocation } from '../invocation.ts';
import { safeText } from '../output.ts';
import { ownCertificate } from '../own-certificate.ts';
import { readSettings, type Settings } from '../settings.ts';
import { isPort } from '../target.ts';

const DEFAULT_DOMAIN = 'openclaw.internal';
const DEFAULT_PORT = 18789;

interface Setup {
  domain: string;
  address: string;
  file: string;
  zone: string;
  corefile: string;
  isLoopbackOnly: boolean;
}

export const dnsSetup: Action<DnsSetupFlags> = async (invocation) => {
  const { cli, options, output } = invocation;
  cli.endWhenInterrupted();
  const settings = await readSettings(invocation);
  const domain = checkedDomain(options.domain ?? wideAreaDomain(settings) ?? DEFAULT_DOMAIN);
  const address = options.address ?? tailnetAddress(readInterfaces());
  if (address === undefined) return refuse(invocation);
  if (!isIPv4(address))
    throw new RpcError('BAD_ARGUMENT', 'Invalid --address. Use an IPv4 address, such as 100.64.0.1.');
  const bind = asText(valueAt(settings.config, 'gateway.bind')) ?? 'loopback';
  const facts = machineFacts(settings.env);
  const port = await portOf(settings);
  const gateway = { ...facts, port, isReachable: bind !== 'loopback', ...tlsOf(settings) };
  const bare = domain.slice(0, -1);
  const setup: Setup = {
    domain,
    address,
    file: `${bare}.db`,
    zone: zoneFile({ domain, address, gateway, now: cli.clock.now() }),
    corefile: `${bare}:53 {\n  bind ${address}\n  file ${bare}.db\n}\n`,
    isLoopbackOnly: bind === 'loopback',
  };
  if (output.json) output.value({ ok: true, ...setup });
  else for (const line of setupLines(invocation, setup)) output.line(line);
  return 0;
};

/** The gateway that runs knows its port best. */
async function portOf({ config, env, owner }: Settings): Promise<number> {
  const configured = valueAt(config, 'gateway.port');
  const asked = Number(env.OPENCLAW_GATEWAY_PORT);
  return (await owner())?.port ?? [asked, configured].find(isPort) ?? DEFAULT_PORT;
}

function tlsOf(settings: Settings): Pick<GatewayFacts, 'tls'> {
  const own = ownCertificate(settings);
  if (!own) return {};
  return { tls: own.fingerprint === undefined ? {} : { fingerprintSha256: own.fingerprint } };
}

function checkedDomain(text: string): string {
  const domain = domainName(text);
  if (domain !== undefined) return domain;
  throw new RpcError('BAD_ARGUMENT', `Invalid --domain. Use a domain name, such as ${DEFAULT_DOMAIN}.`);
}

function setupLines(invocation: Invocation<DnsSetupFlags>, setup: Setup): string[] {
  const { domain, address, file, zone, corefile, isLoopbackOnly } = setup;
  const { style } = invocation.output;
  const say = discoveryMessages.in(invocation.language);
  const command = commandName(invocation);
  const bare = domain.slice(0, -1);
  const block = (text: string): string[] =>
    text
      .trimEnd()
      .split('\n')
      .map((line) => `   ${line}`);
  const lines = [
    say('setupNothing'),
    '',
    say('setupZone', { file }),
    '',
    ...zone.trimEnd().split('\n'),
    '',
    say('setupServe'),
    ...block(corefile),
    ...say('setupSplit', { address, domain: bare }).split('\n'),
    say('setupUse'),
    ...block(`${command} config set discovery.wideArea.domain ${bare}\n${command} gateway discover`),
    ...(isLoopbackOnly ? [say('setupBind'), ...block(`${command} config set gateway.bind tailnet`)] : []),
  ];
  return [style.bold(safeText(say('setupTitle', { domain }))), ...lines.map(safeText)];
}

function refuse(invocation: Invocation<DnsSetupFlags>): number {
  const { output } = invocation;
  const command = commandName(invocation);
  const code = 'NO_TAILNET_ADDRESS';
  if (output.json) {
    const say = discoveryMessages.in('en');
    const error = {
      type: 'no_tailnet_address',
      code,
      message: say(code),
      fix: say(`${code}_FIX`, { command }),
    };
    output.value({ ok: false, error });
    return 1;
  }
  const say = discoveryMessages.in(invocation.language);
  const [todo = '', ...commands] = say(`${code}_FIX`, { command }).split('\n');
  for (const line of [say(code), say('fix') + todo, ...commands.map((text) => `  ${text}`)])
    output.note(line);
  return 1;
}
