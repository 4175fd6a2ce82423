import { asObject } from '../../core/lib/json.ts';
import { shellWord } from '../../core/lib/shell-word.ts';
import { sshMessages } from '../../core/messages/ssh-messages.ts';
import { RpcError } from '../../core/protocol/errors.ts';
import { DEFAULT_REMOTE_PORT } from '../../core/remote/default-port.ts';
import { type AskedWith, noteText, problemText } from '../../core/remote/problem-text.ts';
import type { TunnelProblem } from '../../core/remote/remote-problem.ts';
import { openTunnel, type Tunnel, type TunnelState } from '../../core/remote/tunnel.ts';
import { sshMachine } from '../../core/ssh/machine.ts';
import { commandName } from '../command-name.ts';
import type { TunnelFlags } from '../commands/tunnel.ts';
import { reportError } from '../failure.ts';
import type { Action, Invocation } from '../invocation.ts';
import { safeText } from '../output.ts';
import { readSettings, type Settings } from '../settings.ts';
import { isPort } from '../target.ts';
import { wrapLines } from '../text-width.ts';
import { tunnelDialog } from '../tunnel-dialog.ts';

type TunnelCommand = Invocation<TunnelFlags>;

interface Wanted {
  target: string;
  identity: string | undefined;
  remotePort: number;
}

/** Runs until Ctrl-C (status 0), or until somebody has to act (status 1). */
export const tunnel: Action<TunnelFlags> = async (invocation) => {
  try {
    const settings = await readSettings(invocation);
    return await keep(invocation, settings, wantedBy(invocation, settings));
  } catch (error) {
    return reportError(invocation, error);
  }
};

function wantedBy(invocation: TunnelCommand, settings: Settings): Wanted {
  const { args, options, language } = invocation;
  const target = args[0] ?? settings.text('gateway.remote.sshTarget');
  if (target === undefined) {
    const openclaw = commandName(invocation);
    throw new RpcError('BAD_ARGUMENT', sshMessages.in(language)('tunnel.noTarget', { openclaw }));
  }
  const { remotePort } = asObject(asObject(settings.config.gateway).remote);
  const identity = options.sshIdentity ?? settings.text('gateway.remote.sshIdentity');
  return {
    target,
    identity: identity?.replace(/^~(?=$|[\\/])/, () => sshMachine(invocation.cli).home),
    remotePort: options.remotePort ?? (isPort(remotePort) ? remotePort : DEFAULT_REMOTE_PORT),
  };
}

async function keep(invocation: TunnelCommand, settings: Settings, wanted: Wanted): Promise<number> {
  const { cli, options } = invocation;
  const teller = new Teller(invocation, wanted);
  const end = new AbortController();
  const stopListening = cli.onInterrupt(() => end.abort());
  try {
    const failed = new Promise<TunnelProblem>((resolve) => {
      teller.failed = resolve;
    });
    const opened = await openTunnel({
      ...tunnelDialog(invocation, () => end.abort()),
      target: wanted.target,
      identity: wanted.identity,
      localPort: options.localPort,
      remote: { port: wanted.remotePort },
      trayDir: settings.paths.trayDir,
      around: sshMachine(cli),
      random: Math.random,
      signal: end.signal,
      onState: (state) => teller.state(state),
      onNote: (note) => teller.note(noteText(note, invocation.language)),
      onRefused: (problem) => teller.refused(problem),
    });
    if (!opened.ok) return end.signal.aborted ? 0 : teller.problem(opened.problem);
    if (!end.signal.aborted) teller.opened(opened.tunnel);
    const problem = await Promise.race([failed, aborted(end.signal)]);
    await opened.tunnel.close();
    return problem ? teller.problem(problem) : 0;
  } finally {
    stopListening();
  }
}

const aborted = (signal: AbortSignal): Promise<undefined> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve(undefined);
    signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });

/** Says what happens: sentences for people, one JSON object a line for programs. */
class Teller {
  failed = (_: TunnelProblem): void => {};
  private readonly invocation: TunnelCommand;
  private readonly asked: AskedWith;
  private tunnel: Tunnel | undefined;
  private readonly noted = new Set<string>();
  private lastTold = '';

  constructor(invocation: TunnelCommand, { target }: Wanted) {
    const { localPort, remotePort, sshIdentity } = invocation.options;
    const openclaw = commandName(invocation);
    const remote = remotePort === undefined ? '' : ` --remote-port ${remotePort}`;
    const identity = sshIdentity === undefined ? '' : ` --ssh-identity ${shellWord(sshIdentity)}`;
    const anyPort = `${openclaw} tunnel ${shellWord(target)}${remote}${identity}`;
    const again = localPort === undefined ? anyPort : `${anyPort} --local-port ${localPort}`;
    this.invocation = invocation;
    this.asked = { openclaw, target, again, anyPort };
  }

  opened(tunnel: Tunnel): void {
    this.tunnel = tunnel;
    this.connected(tunnel);
    const { output, language } = this.invocation;
    if (output.json) return;
    const say = sshMessages.in(language);
    const { gatewayId, url } = tunnel;
    output.line(gatewayId === undefined ? say('tunnel.unproven') : say('tunnel.gateway', { gatewayId }));
    output.line(say('tunnel.use', { openclaw: this.asked.openclaw, url }));
    output.line(say('tunnel.end'));
  }

  state(state: TunnelState): void {
    if (state.state === 'failed') this.failed(state.problem);
    else if (state.state === 'reconnecting') this.reconnecting(state);
    else if (state.state !== 'connected') this.plainState(state.state);
    else if (this.tunnel) this.connected(this.tunnel);
  }

  /** Each once: they come again with every attempt. */
  note(text: string): void {
    if (!this.noted.has(text)) this.tell(safeText(text));
    this.noted.add(text);
  }

  private tell(text: string): void {
    const { output } = this.invocation;
    for (const line of wrapLines(text, output.width)) output.note(line);
  }

  refused(problem: TunnelProblem): void {
    const { output, language } = this.invocation;
    const told = problemText(problem, language, this.asked);
    if (output.json) output.record({ type: 'refused', ...this.document(problem) });
    else this.tell(told.problem);
  }

  problem(problem: TunnelProblem): number {
    const { output, language } = this.invocation;
    const told = problemText(problem, language, this.asked);
    if (output.json) output.record({ type: 'problem', ok: false, ...this.document(problem) });
    else {
      this.tell(told.problem);
      this.tell(sshMessages.in(language)('fix', { fix: told.fix }));
    }
    return 1;
  }

  private document(problem: TunnelProblem) {
    const { code, who, isTransient, values } = problem;
    const { problem: message, fix } = problemText(problem, this.invocation.language, this.asked);
    const hostKey = 'hostKey' in problem ? problem.hostKey : undefined;
    const details = { ...values, ...(hostKey && { hostKey }) };
    return { error: { type: 'tunnel_error', code, who, retryable: isTransient, message, fix, details } };
  }

  private connected({
    url,
    port,
    gatewayId = null,
  }: {
    url: string;
    port: number;
    gatewayId?: string | null | undefined;
  }): void {
    const { output, language } = this.invocation;
    this.lastTold = '';
    if (output.json) output.record({ type: 'state', state: 'connected', url, port, gatewayId });
    else output.line(sshMessages.in(language)('state.connected', { url, target: this.asked.target }));
  }

  private plainState(state: 'connecting' | 'closed'): void {
    const { output, language } = this.invocation;
    const say = sshMessages.in(language);
    if (output.json) output.record({ type: 'state', state });
    else if (state === 'closed') output.note(say('state.closed'));
    else output.note(safeText(say('state.connecting', { target: this.asked.target })));
  }

  /** A person is told once for each reason; a program each time. */
  private reconnecting({ attempt, nextAt, problem }: TunnelState & { state: 'reconnecting' }): void {
    const { output, language, cli } = this.invocation;
    if (output.json) {
      output.record({ type: 'state', state: 'reconnecting', attempt, nextAt, ...this.document(problem) });
      return;
    }
    if (problem.code === this.lastTold) return;
    this.lastTold = problem.code;
    const why = problemText(problem, language, this.asked).problem;
    const seconds = Math.max(0, (nextAt - cli.clock.now()) / 1000).toFixed(1);
    this.tell(sshMessages.in(language)('state.reconnecting', { attempt, seconds, why }));
  }
}
