import { descend, escapeMarkup, parseMarkup } from './markup.ts';
import { type DefinitionOwner, OUR_MARK } from './service-names.ts';
import type { ServicePlan } from './service-plan.ts';
import { quoteWindowsWord, splitWindowsWords } from './windows-words.ts';

/** Gives a console program a console that nobody sees. */
const CONSOLE_HOST = 'conhost.exe';

export interface TaskPlace {
  /** `DOMAIN\name` of who logs on. */
  user: string;
  /** Absolute path of the console host of Windows. */
  consoleHost: string;
  /** What Node reads variables from; a task has none of its own. Missing when none are needed. */
  envFile?: string;
}

/**
 * A task that runs at log-on with the rights its user has anyway, hidden, on battery as well, without the limit of
 * 72 hours, and again a minute after it failed. schtasks wants the file in UTF-16 with a byte order mark.
 */
export function renderTask(plan: ServicePlan, { user, consoleHost, envFile }: TaskPlace): string {
  const [node, ...rest] = plan.argv;
  const argv = ['--headless', node, ...(envFile === undefined ? [] : [`--env-file=${envFile}`]), ...rest];
  const text = (name: string, value: string): string => `<${name}>${escapeMarkup(value)}</${name}>`;
  return [
    '<?xml version="1.0" encoding="UTF-16"?>',
    '<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">',
    '  <RegistrationInfo>',
    `    ${text('Source', OUR_MARK)}`,
    `    ${text('Description', plan.description)}`,
    '  </RegistrationInfo>',
    '  <Triggers>',
    '    <LogonTrigger>',
    '      <Enabled>true</Enabled>',
    `      ${text('UserId', user)}`,
    '    </LogonTrigger>',
    '  </Triggers>',
    '  <Principals>',
    '    <Principal id="Author">',
    `      ${text('UserId', user)}`,
    '      <LogonType>InteractiveToken</LogonType>',
    '      <RunLevel>LeastPrivilege</RunLevel>',
    '    </Principal>',
    '  </Principals>',
    '  <Settings>',
    ...SETTINGS.map(([name, value]) => `    ${text(name, value)}`),
    '    <RestartOnFailure>',
    '      <Interval>PT1M</Interval>',
    '      <Count>255</Count>',
    '    </RestartOnFailure>',
    '  </Settings>',
    '  <Actions Context="Author">',
    '    <Exec>',
    `      ${text('Command', consoleHost)}`,
    `      ${text('Arguments', argv.map(quoteWindowsWord).join(' '))}`,
    `      ${text('WorkingDirectory', plan.workingDirectory)}`,
    '    </Exec>',
    '  </Actions>',
    '</Task>',
    '',
  ].join('\r\n');
}

const SETTINGS: readonly (readonly [string, string])[] = [
  ['MultipleInstancesPolicy', 'IgnoreNew'],
  ['DisallowStartIfOnBatteries', 'false'],
  ['StopIfGoingOnBatteries', 'false'],
  ['AllowHardTerminate', 'true'],
  ['StartWhenAvailable', 'true'],
  ['RunOnlyIfNetworkAvailable', 'false'],
  ['AllowStartOnDemand', 'true'],
  ['Enabled', 'true'],
  ['Hidden', 'true'],
  ['RunOnlyIfIdle', 'false'],
  ['ExecutionTimeLimit', 'PT0S'],
];

export interface ParsedTask {
  /** Without the console host and the option that names the file of variables. */
  argv: string[];
  envFile?: string;
  workingDirectory?: string;
  isEnabled: boolean;
  owner: DefinitionOwner;
}

/** What the XML of a task says (`schtasks /Query /XML`); undefined when it is no task. */
export function parseTask(text: string): ParsedTask | undefined {
  const task = parseMarkup(text.slice(Math.max(text.indexOf('<'), 0)).trimEnd());
  if (task?.name !== 'Task') return undefined;
  const exec = descend(task, 'Actions', 'Exec');
  const command = descend(exec, 'Command')?.text ?? '';
  const argv = unwrapped([
    command.replace(/^"(.*)"$/, '$1'),
    ...splitWindowsWords(descend(exec, 'Arguments')?.text ?? ''),
  ]);
  const envFile = argv[1]?.startsWith('--env-file=') ? argv[1].slice('--env-file='.length) : undefined;
  const workingDirectory = descend(exec, 'WorkingDirectory')?.text;
  return {
    argv: envFile === undefined ? argv : [...argv.slice(0, 1), ...argv.slice(2)],
    ...(envFile === undefined ? {} : { envFile }),
    ...(workingDirectory === undefined ? {} : { workingDirectory }),
    isEnabled: descend(task, 'Settings', 'Enabled')?.text.trim() !== 'false',
    owner: taskOwner(descend(task, 'RegistrationInfo', 'Source')?.text, argv.join(' ')),
  };
}

const unwrapped = (argv: string[]): string[] =>
  argv[0]?.toLowerCase().endsWith(CONSOLE_HOST) && argv[1] === '--headless' ? argv.slice(2) : argv;

/** Others of the family start a script of the state directory. */
function taskOwner(source: string | undefined, command: string): DefinitionOwner {
  if (source === OUR_MARK) return 'ours';
  return /openclaw/i.test(command) ? 'openclaw' : 'other';
}
