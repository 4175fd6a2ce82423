import { askedPairing } from '../client/asked-pairing.ts';
import type { TunnelProblem } from '../remote/remote-problem.ts';
import type { ServiceFindingCode } from '../service/service-drift.ts';
import type { Layer } from './layers.ts';

/**
 * Who can mend it: the person at this computer, the one who runs the gateway's host, or the one who runs the
 * network between them.
 */
export type Mender = 'you' | 'host' | 'network';

/** Where an address comes from, which says where credentials and a pin for it are taken from. */
export type AddressOrigin = 'flag' | 'environment' | 'remote' | 'local';

/** What a fix may need to know to be one line that works when it is pasted. */
export interface FixContext {
  /** What commands begin with, such as `openclaw --profile work`. */
  command: string;
  /** The gateway of this machine was looked at. */
  isLocal: boolean;
  /** Its service is installed here. */
  hasService: boolean;
  /** A port nobody listens at. */
  freePort: number;
  /** Of the address that was asked; undefined where that does not matter. */
  origin?: AddressOrigin;
  /** Asked for by a flag, so that a command for the same gateway has to name it too. */
  port?: number;
}

type Values = Readonly<Record<string, string | number>>;

interface Kind {
  layer: Layer;
  mender: Mender;
  /** The command that mends it; absent where only words help. */
  fix?: (context: FixContext, values: Values) => string | undefined;
}

/** Sentences begin with a capital letter or in Chinese. */
export const isCommand = (fix: string | number | undefined): boolean => /^[a-z]/.test(String(fix ?? ''));

const sameDoor = ({ port }: FixContext): string => (port === undefined ? '' : ` --port ${port}`);
const start = (context: FixContext): string =>
  context.hasService
    ? `${context.command} gateway start`
    : `${context.command} gateway run${sameDoor(context)}`;
const elsewhere = ({ command, hasService, freePort }: FixContext): string =>
  hasService
    ? `${command} gateway install --force --port ${freePort}`
    : `${command} gateway run --port ${freePort}`;
/** A gateway of this machine that hangs: the service manager ends it, or the next start does. */
const again = (context: FixContext): string | undefined => {
  const { command, isLocal, hasService } = context;
  if (!isLocal) return undefined;
  return hasService ? `${command} gateway restart` : `${command} gateway run --force${sameDoor(context)}`;
};
/** To be run at the gateway's host, where this computer's profile means nothing. */
const approve = ({ command, isLocal }: FixContext, values: Values): string | undefined => {
  const { requestId } = askedPairing(values);
  return requestId && `${isLocal ? command : 'openclaw'} devices approve ${requestId}`;
};
const reinstall = (context: FixContext): string =>
  `${context.command} gateway install --force${sameDoor(context)}`;
const doctor = (context: FixContext): string => `${context.command} doctor --fix${sameDoor(context)}`;
const given = (_: FixContext, { fix }: Values): string | undefined =>
  isCommand(fix) ? String(fix) : undefined;

/**
 * Everything a verdict can say is wrong. Each has words in `verdict-messages.ts` (the code, and the code with
 * `_FIX`) and a page in docs/errors.
 */
export const FINDINGS = {
  CONFIG_MISSING: {
    layer: 'config',
    mender: 'you',
    fix: ({ command }) => `${command} config set gateway.mode local`,
  },
  CONFIG_INVALID: { layer: 'config', mender: 'you', fix: doctor },
  CONFIG_UNREADABLE: {
    layer: 'config',
    mender: 'you',
    fix: ({ command }) => `${command} config validate`,
  },
  CONFIG_BLOCKS_START: { layer: 'config', mender: 'you', fix: given },
  REMOTE_URL_MISSING: {
    layer: 'config',
    mender: 'you',
    fix: ({ command }) => `${command} config set gateway.mode local`,
  },
  STATE_DENIED: { layer: 'config', mender: 'you', fix: given },
  STATE_NOT_A_DIRECTORY: { layer: 'config', mender: 'you', fix: given },
  STATE_EXPOSED: { layer: 'config', mender: 'you', fix: doctor },
  SERVICE_FAILED: { layer: 'service', mender: 'you', fix: ({ command }) => `${command} gateway restart` },
  SERVICE_STOPPED: { layer: 'service', mender: 'you', fix: ({ command }) => `${command} gateway start` },
  SERVICE_COMMAND_UNKNOWN: { layer: 'service', mender: 'you', fix: reinstall },
  SERVICE_PROGRAM_GONE: { layer: 'service', mender: 'you', fix: reinstall },
  SERVICE_FILE_GONE: { layer: 'service', mender: 'you', fix: reinstall },
  SERVICE_PROGRAM_VERSIONED: { layer: 'service', mender: 'you', fix: reinstall },
  SERVICE_PROGRAM_TEMPORARY: { layer: 'service', mender: 'you', fix: reinstall },
  SERVICE_STATE_DIFFERS: { layer: 'service', mender: 'you', fix: reinstall },
  SERVICE_PORT_DIFFERS: { layer: 'service', mender: 'you', fix: reinstall },
  SERVICE_TOKEN_EMBEDDED: { layer: 'service', mender: 'you', fix: reinstall },
  SERVICE_PASSWORD_EMBEDDED: { layer: 'service', mender: 'you', fix: reinstall },
  SERVICE_TOKEN_DIFFERS: { layer: 'service', mender: 'you', fix: reinstall },
  SERVICE_TOKEN_UNRESOLVED: { layer: 'service', mender: 'you' },
  SERVICE_DISABLED: { layer: 'service', mender: 'you', fix: reinstall },
  GATEWAY_NOT_RUNNING: { layer: 'process', mender: 'you', fix: start },
  LOCK_STALE: { layer: 'process', mender: 'you', fix: start },
  GATEWAY_STARTING: {
    layer: 'process',
    mender: 'you',
    fix: (context) => `${context.command} gateway wait-ready${sameDoor(context)}`,
  },
  GATEWAY_ON_OTHER_PORT: {
    layer: 'process',
    mender: 'you',
    fix: ({ command }, { running }) => `${command} gateway status --port ${running}`,
  },
  PORT_FOREIGN: { layer: 'port', mender: 'you', fix: elsewhere },
  PORT_OTHER_USER: { layer: 'port', mender: 'you', fix: elsewhere },
  REMOTE_NEEDS_TUNNEL: { layer: 'tunnel', mender: 'you', fix: ({ command }) => `${command} tunnel` },
  STORE_UNUSABLE: { layer: 'tunnel', mender: 'you' },
  NOBODY_DISCOVERED: {
    layer: 'tunnel',
    mender: 'you',
    fix: ({ command }) => `${command} gateway discover --timeout 5000`,
  },
  ADDRESS_INVALID: { layer: 'tcp', mender: 'you' },
  ADDRESS_INSECURE: { layer: 'tcp', mender: 'you' },
  NAME_NOT_FOUND: { layer: 'tcp', mender: 'you' },
  TCP_REFUSED: { layer: 'tcp', mender: 'host' },
  TCP_TIMEOUT: { layer: 'tcp', mender: 'network' },
  TCP_UNREACHABLE: { layer: 'tcp', mender: 'network' },
  TLS_UNTRUSTED: { layer: 'tls', mender: 'you' },
  TLS_PIN_MISMATCH: { layer: 'tls', mender: 'host' },
  TLS_PIN_INVALID: { layer: 'tls', mender: 'you' },
  TLS_SILENT: { layer: 'tls', mender: 'host', fix: again },
  TLS_NOT_SPOKEN: { layer: 'tls', mender: 'you' },
  TLS_REQUIRED: { layer: 'tls', mender: 'you' },
  HTTP_NOT_A_GATEWAY: { layer: 'http', mender: 'you' },
  HTTP_HOST_REFUSED: { layer: 'http', mender: 'host' },
  HTTP_NOT_READY: { layer: 'http', mender: 'host' },
  HTTP_SILENT: { layer: 'http', mender: 'host', fix: again },
  WEBSOCKET_REFUSED: { layer: 'websocket', mender: 'host' },
  CHALLENGE_MISSING: { layer: 'challenge', mender: 'you' },
  CONNECT_NOT_READY: { layer: 'auth', mender: 'host' },
  CREDENTIALS_MISSING: { layer: 'auth', mender: 'you' },
  SECRET_UNRESOLVED: { layer: 'auth', mender: 'you' },
  TOKEN_MISMATCH: { layer: 'auth', mender: 'you' },
  PASSWORD_MISMATCH: { layer: 'auth', mender: 'you' },
  AUTH_RATE_LIMITED: { layer: 'auth', mender: 'you' },
  PAIRING_REQUIRED: { layer: 'auth', mender: 'host', fix: approve },
  PAIRING_ENDED: { layer: 'auth', mender: 'you' },
  AUTH_REFUSED: { layer: 'auth', mender: 'host' },
  AUTH_SILENT: { layer: 'auth', mender: 'host' },
  SCOPE_MISSING: { layer: 'scope', mender: 'host' },
  RPC_SILENT: { layer: 'rpc', mender: 'host', fix: again },
  RPC_FAILED: { layer: 'rpc', mender: 'host' },
  PROTOCOL_UNSUPPORTED: { layer: 'version', mender: 'host' },
} as const satisfies Record<string, Kind> & Record<ServiceFindingCode, Kind>;

/** Those of this table, which have their words in `verdict-messages.ts`. */
export type OwnFindingCode = keyof typeof FINDINGS;

/** Also what keeps SSH from reaching a gateway: those are told in the words of `ssh-messages.ts`. */
export type FindingCode = OwnFindingCode | TunnelProblem['code'];

export const FINDING_CODES = Object.keys(FINDINGS) as OwnFindingCode[];

const isOwn = (code: FindingCode): code is OwnFindingCode => Object.hasOwn(FINDINGS, code);

export const kindOf = (code: FindingCode): Kind =>
  isOwn(code) ? FINDINGS[code] : { layer: 'tunnel', mender: 'you' };

/** Whoever sits at the gateway's own machine runs its host. */
export function menderOf(code: FindingCode, { isLocal }: Pick<FixContext, 'isLocal'>): Mender {
  const { mender } = kindOf(code);
  return isLocal ? 'you' : mender;
}
