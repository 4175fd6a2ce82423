import type { KeptConnection } from './app-settings.ts';
import type { Connections, Destination, KnownConnection } from './bridge/contract.ts';
import type { Phase } from './connection-state.ts';
import { destinationKey, destinationLabel } from './destination.ts';
import type { Reach } from './reach.ts';

interface Facts {
  reach: Pick<Reach, 'destination' | 'localUrl' | 'gatewayId'>;
  phase: Phase;
  /** Of what is wrong. */
  code: string | undefined;
  list: readonly KeptConnection[];
  offered: Destination | undefined;
}

type State = Connections['current']['state'];

const STATES: Partial<Readonly<Record<Phase, State>>> = {
  running: 'connected',
  restarting: 'connected',
  reconnecting: 'reconnecting',
  disconnected: 'disconnected',
  approval: 'approval',
  trouble: 'trouble',
};

/** What the window shows of connections. Pure; it holds no secret. */
export function connectionsOf({ reach, phase, code, list, offered }: Facts): Connections {
  const { destination, localUrl, gatewayId } = reach;
  const key = destinationKey(destination);
  const state = destination.kind === 'local' ? 'local' : (STATES[phase] ?? 'connecting');
  const isNew = offered && !list.some((one) => destinationKey(one.destination) === destinationKey(offered));
  return {
    current: {
      destination,
      label: destinationLabel(destination),
      state,
      ...(localUrl === undefined ? {} : { localUrl }),
      ...(gatewayId === undefined ? {} : { gatewayId }),
      ...(state === 'trouble' && code !== undefined ? { code } : {}),
    },
    list: list.map((one) => rowOf(one, key)),
    ...(isNew ? { offered } : {}),
  };
}

function rowOf(kept: KeptConnection, currentKey: string): KnownConnection {
  const { destination, name, isSaved, lastUsedAtMs, localPort } = kept;
  return {
    destination,
    label: destinationLabel(destination),
    ...(name === undefined ? {} : { name }),
    isSaved,
    isCurrent: destinationKey(destination) === currentKey,
    ...(lastUsedAtMs === undefined ? {} : { lastUsedAtMs }),
    ...(localPort === undefined ? {} : { localUrl: `ws://127.0.0.1:${localPort}` }),
  };
}
