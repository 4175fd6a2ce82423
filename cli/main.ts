import type { Command, OutputConfiguration } from 'commander';
import { chooseLanguage, type Language, languageOf } from '../core/messages/language.ts';
import { programName } from './command-name.ts';
import type { Run } from './declare.ts';
import type { Action, Cli } from './invocation.ts';
import { mergeOptions } from './merge-options.ts';
import { createOutput } from './output.ts';
import { buildProgram } from './program.ts';
import { isHelp, refineParserErrors } from './usage-error.ts';

/** Runs one command line and resolves to its exit status; it never rejects. */
export async function main(cli: Cli): Promise<number> {
  let exitCode = 0;
  const run: Run =
    (load) =>
    async (...parsed) => {
      exitCode = await runAction(cli, parsed.at(-1) as Command, await load());
    };
  const argv = withHelpLast(cli.argv);
  const program = buildProgram(run, parserOutput(cli), argv);
  refineParserErrors(program, programName(cli.env));
  if (cli.argv.length === 0) {
    program.outputHelp();
    return 0;
  }
  try {
    await program.parseAsync(argv, { from: 'user' });
    return exitCode;
  } catch (error) {
    if (isHelp(error)) return 0;
    const output = createOutput(cli, { json: wantsJson(cli), color: true });
    const { reportError } = await import('./failure.ts');
    return reportError({ output, cli, language: languageOfCommandLine(cli) }, error);
  }
}

/** The commands declare which options there are; what their action expects of them is theirs to keep equal. */
async function runAction<O>(cli: Cli, command: Command, action: Action<O>): Promise<number> {
  const { options, globals, color } = mergeOptions(command, programName(cli.env));
  const output = createOutput(cli, { json: options.json === true, color });
  const language = chooseLanguage(globals.lang, cli.env);
  return action({ cli, command, args: command.args, options: options as O, globals, language, output });
}

/** Help goes where it was asked for; what is wrong with a command line is told by `usage-error.ts`. */
const parserOutput = (cli: Cli): OutputConfiguration => ({
  writeOut: (text) => void cli.stdout.write(text),
  writeErr: (text) => void (wantsJson(cli) || cli.stderr.write(text)),
  outputError: () => {},
  getOutHelpWidth: () => helpWidth(cli),
  getErrHelpWidth: () => helpWidth(cli),
});

/** `help gateway call` means `gateway help call`: the parser looks one word ahead only. */
function withHelpLast(argv: readonly string[]): string[] {
  const [first, ...path] = argv;
  if (first !== 'help' || path.length < 2 || path.some((word) => word.startsWith('-'))) return [...argv];
  return [...path.slice(0, -1), 'help', ...path.slice(-1)];
}

const optionsIn = ({ argv }: Cli): readonly string[] => {
  const end = argv.indexOf('--');
  return end === -1 ? argv : argv.slice(0, end);
};

/** Also true when the command line cannot be parsed, so that even then stdout carries JSON. */
const wantsJson = (cli: Cli): boolean => optionsIn(cli).includes('--json');

/** The same for people: a `--lang` that can be used counts although other words cannot. */
function languageOfCommandLine(cli: Cli): Language {
  const words = optionsIn(cli);
  const at = words.findLastIndex((word) => word === '--lang' || word.startsWith('--lang='));
  const tag = words[at]?.split('=')[1] ?? words[at + 1] ?? '';
  return chooseLanguage(at === -1 || languageOf(tag) === undefined ? undefined : tag, cli.env);
}

const helpWidth = ({ stdout }: Cli): number => Math.min((stdout.isTTY && stdout.columns) || 80, 100);
