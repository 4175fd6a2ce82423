import { discoveryMessages } from '../messages/discovery-messages.ts';
import type { Language } from '../messages/language.ts';
import type { DiscoveryProblem } from './discover.ts';

interface Wording {
  language: Language;
  /** How a command begins that is shown for pasting. */
  command: string;
}

/**
 * Why nothing, or not everything, was found, and what to do. Lines are broken for 80 columns; those of `fix` after the
 * first are to be pasted. `domain` and `detail` of the problem stand in them as they are.
 */
export function discoveryProblemText(
  { code, domain = '', detail }: DiscoveryProblem,
  { language, command }: Wording,
): { message: string; fix: string } {
  const say = discoveryMessages.in(language);
  const values = {
    domain,
    detail: detail === undefined ? '' : ` (${detail})`,
    command,
    firewall: FIREWALL[process.platform] ?? 'sudo ufw allow 5353/udp',
    holder: HOLDER[process.platform] ?? `sudo ss -ulpn 'sport = :5353'`,
  };
  return { message: say(code, values), fix: say(`${code}_FIX`, values) };
}

const FIREWALL: Partial<Record<NodeJS.Platform, string>> = {
  darwin: 'sudo /usr/libexec/ApplicationFirewall/socketfilterfw --setblockall off',
  win32: 'netsh advfirewall firewall add rule name=mDNS dir=in action=allow protocol=udp localport=5353',
};
const HOLDER: Partial<Record<NodeJS.Platform, string>> = {
  darwin: 'sudo lsof -nP -iUDP:5353',
  win32: 'netstat -ano -p udp | findstr :5353',
};
