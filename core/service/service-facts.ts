/** The programs that start a gateway in the background: systemd (user), launchd, the Windows task scheduler. */
export type ServiceManagerName = 'systemd' | 'launchd' | 'schtasks';

/** `unknown`: the manager could not be asked; `detail` says why. */
export type ServiceState = 'running' | 'starting' | 'stopped' | 'failed' | 'not-installed' | 'unknown';

/** What the service definition starts, as the manager would start it. */
export interface ServiceCommand {
  /** Program and arguments. */
  argv: readonly string[];
  /** Environment of the definition and of the files it names; holds secrets of older installations. */
  env: Readonly<Record<string, string>>;
  workingDirectory?: string;
  /** Files of variables that it cannot start without and that cannot be read. */
  missingFiles?: readonly string[];
}

/** What is known of the gateway's service; reading it changes nothing. */
export interface ServiceFacts {
  manager: ServiceManagerName;
  /** Unit name, label or task name. */
  name: string;
  scope: 'user' | 'system';
  state: ServiceState;
  /** Starts by itself at log-in or boot. */
  isEnabled: boolean;
  pid?: number;
  /** In words of the manager, harmless for a terminal, without secrets. */
  detail?: string;
  /** The definition: unit, plist or task. */
  file?: string;
  command?: ServiceCommand;
  /** How the last process ended. */
  lastExit?: { code?: number; signal?: string };
}
