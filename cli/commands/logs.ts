import { type Command, Option } from 'commander';
import { LOG_LEVELS, type LogLevel } from '../../core/lib/log.ts';
import { addLeaf, type Run, withExamples } from '../declare.ts';
import { addQueryOptions, choice, parseDuration, parseLimit } from '../options.ts';

export interface LogsFlags {
  follow?: boolean;
  limit: number;
  /** Milliseconds. */
  since?: number;
  level?: LogLevel;
  plain?: boolean;
}

/** `openclaw logs`: through the gateway when it answers, from its files when it does not. */
export function addLogsCommand(program: Command, run: Run): void {
  const logs = addLeaf(program, 'logs', 'Show the log of the gateway, also when it does not run')
    .option('-f, --follow', 'Keep printing what is written from now on')
    .addOption(new Option('--limit <lines>', 'The newest lines').default(200).argParser(parseLimit))
    .addOption(
      new Option('--since <duration>', 'Only lines at most this old: 30s, 10m, 2h, 1d').argParser(
        parseDuration,
      ),
    )
    .addOption(
      choice(
        '--level <level>',
        'Only lines at least this grave',
        LOG_LEVELS.filter((level) => level !== 'silent'),
      ),
    )
    .option('--plain', 'Do not use colours');
  addQueryOptions(logs).action(run(() => import('../actions/logs.ts').then((module) => module.logs)));
  withExamples(logs, [
    ['openclaw logs --follow', 'Watch it.'],
    ['openclaw logs --since 1h --level warn', 'What went wrong in the last hour.'],
    [
      `openclaw logs --json | jq -r 'select(.type=="log").message'`,
      'One JSON object a line; take the messages.',
    ],
  ]);
}
