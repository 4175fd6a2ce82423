import { Command, Help, type OutputConfiguration } from 'commander';
import { VERSION } from '../core/version.ts';
import { addAgentCommand } from './commands/agent.ts';
import { addApprovalsCommands } from './commands/approvals.ts';
import { addChatCommand } from './commands/chat.ts';
import { addCompletionCommand } from './commands/completion.ts';
import { addConfigCommands } from './commands/config.ts';
import { addDevicesCommands } from './commands/devices.ts';
import { addDnsCommands } from './commands/dns.ts';
import { addDoctorCommand } from './commands/doctor.ts';
import { addGatewayCommands } from './commands/gateway.ts';
import { addLogsCommand } from './commands/logs.ts';
import { addSessionsCommands } from './commands/sessions.ts';
import { addTunnelCommand } from './commands/tunnel.ts';
import { type Branch, grow, type Run, withExamples } from './declare.ts';
import { acceptQueryOptions, addGlobalOptions, GLOBAL_GROUP } from './options.ts';

export const VERSION_TEXT = `OpenClaw Tray ${VERSION}`;

const BRANCHES: readonly Branch[] = [
  [['gateway'], addGatewayCommands],
  [['agent'], addAgentCommand],
  [['chat'], addChatCommand],
  [['sessions'], addSessionsCommands],
  [['approvals'], addApprovalsCommands],
  [['devices'], addDevicesCommands],
  [['config'], addConfigCommands],
  [['dns'], addDnsCommands],
  [['logs'], addLogsCommand],
  [['tunnel'], addTunnelCommand],
  [['doctor'], addDoctorCommand],
  [['completion'], addCompletionCommand],
];

/** They are the same for every command, so what is special about this one comes first. */
function globalOptionsLast(command: Command, helper: Help): string {
  const sections = Help.prototype.formatHelp.call(helper, command, helper).trimEnd().split('\n\n');
  const isGlobal = (section: string): boolean => section.startsWith(GLOBAL_GROUP);
  const ordered = [...sections.filter((section) => !isGlobal(section)), ...sections.filter(isGlobal)];
  return `${ordered.join('\n\n')}\n`;
}

/**
 * The command tree: parser, help and completion are made from it. Of the command line `argv` it grows what can be
 * meant; completion describes the whole tree, so it needs all of it. `output` is where help goes.
 */
export function buildProgram(
  run: Run,
  output: OutputConfiguration = {},
  argv: readonly string[] = [],
): Command {
  const program = new Command('openclaw')
    .description('Run an OpenClaw gateway, and ask the one that runs')
    .version(VERSION_TEXT, '-V, --version', 'Show the version')
    .helpOption('-h, --help', 'Show help')
    .helpCommand('help [command]', 'Show help for a command')
    .enablePositionalOptions()
    .configureHelp({ formatHelp: globalOptionsLast })
    .configureOutput(output);
  grow(program, run, BRANCHES, argv[0] === 'completion' ? [] : argv);
  addGlobalOptions(acceptQueryOptions(program));
  return withExamples(program, [
    ['openclaw gateway', 'Run the gateway in the foreground.'],
    ['openclaw gateway health', 'Ask whether it runs.'],
    ['openclaw agent --message "hello"', 'Ask an agent something.'],
    ['openclaw chat', 'Talk to it.'],
    ['openclaw devices list', 'See who is paired, and who waits to be.'],
  ]);
}
