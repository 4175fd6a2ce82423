import { Command, type OutputConfiguration } from 'commander';
import { VERSION } from '../core/version.ts';
import { addCompletionCommand } from './commands/completion.ts';
import { addConfigCommands } from './commands/config.ts';
import { addDevicesCommands } from './commands/devices.ts';
import { addGatewayCommands } from './commands/gateway.ts';
import { addLogsCommand } from './commands/logs.ts';
import { type Run, withExamples } from './declare.ts';
import { addGlobalOptions } from './options.ts';

export const VERSION_TEXT = `OpenClaw Tray ${VERSION}`;

/** The whole command tree: parser, help and completion are made from it. `output` is where help goes. */
export function buildProgram(run: Run, output: OutputConfiguration = {}): Command {
  const program = new Command('openclaw')
    .description('Run an OpenClaw gateway, and ask the one that runs')
    .version(VERSION_TEXT, '-V, --version', 'Show the version')
    .helpOption('-h, --help', 'Show help')
    .helpCommand('help [command]', 'Show help for a command')
    .enablePositionalOptions()
    .configureOutput(output);
  addGlobalOptions(program, { dev: true });
  addGatewayCommands(program, run);
  addDevicesCommands(program, run);
  addConfigCommands(program, run);
  addLogsCommand(program, run);
  addCompletionCommand(program, run);
  return withExamples(program, [
    ['openclaw gateway', 'Run the gateway in the foreground.'],
    ['openclaw gateway health', 'Ask whether it runs.'],
    ['openclaw devices list', 'See who is paired, and who waits to be.'],
  ]);
}
