import { type Command, Option } from 'commander';
import { addLeaf, type Run, withExamples } from '../declare.ts';
import { parsePort } from '../options.ts';

export interface InstallFlags {
  port?: number;
  runtime?: string;
  token?: string;
  force?: boolean;
  json?: boolean;
}

const JSON_OPTION = ['--json', 'Print JSON, and nothing but JSON'] as const;

/** `openclaw gateway install|start|stop|restart|uninstall`: the gateway as a service of this user. */
export function addServiceCommands(gateway: Command, run: Run): void {
  const install = addLeaf(
    gateway,
    'install',
    'Install and start the gateway as a service (launchd/systemd/schtasks)',
  )
    .addOption(
      new Option('--port <port>', 'Port of the service (default: that of the configuration)').argParser(
        parsePort,
      ),
    )
    .option('--runtime <runtime>', 'What runs the gateway: node', 'node')
    .option('--token <token>', 'Save this token as gateway.auth.token; prefer OPENCLAW_GATEWAY_TOKEN')
    .option('--force', 'Install again; what is there is kept as a copy')
    .option(...JSON_OPTION)
    .action(run(() => import('../actions/service-install.ts').then((module) => module.serviceInstall)));
  withExamples(install, [
    ['openclaw gateway install', 'From now on it runs whenever you are logged in.'],
    ['openclaw gateway install --force --port 19001', 'The same on another port.'],
  ]);
  const leaf = (name: string, summary: string): Command =>
    addLeaf(gateway, name, summary).option(...JSON_OPTION);
  const lifecycle = () => import('../actions/service-lifecycle.ts');
  leaf('start', 'Start the service, and wait until the gateway answers').action(
    run(() => lifecycle().then((module) => module.serviceStart)),
  );
  leaf('stop', 'Stop the service').action(run(() => lifecycle().then((module) => module.serviceStop)));
  leaf('restart', 'Restart the service, and wait until a new gateway answers').action(
    run(() => lifecycle().then((module) => module.serviceRestart)),
  );
  leaf('uninstall', 'Stop the service and remove everything that was installed')
    .option('--force', 'Also when another program installed it')
    .action(run(() => lifecycle().then((module) => module.serviceUninstall)));
}
