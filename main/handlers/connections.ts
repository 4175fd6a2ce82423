import { connectionMessages } from '../../core/messages/connection-messages.ts';
import { RpcError } from '../../core/protocol/errors.ts';
import type { Destination } from '../bridge/contract.ts';
import type { BridgeHandlers } from '../bridge/serve.ts';
import type { ConnectionBook } from '../connection-book.ts';
import type { Desk } from '../desk.ts';
import { checkDestination, destinationKey, type RemoteDestination } from '../destination.ts';
import { allowsInsecure, type Surroundings } from '../gateway-route.ts';
import { planRemoteConfig, writeRemoteConfig } from '../remote/remote-config.ts';
import type { SecretVault } from '../secret-vault.ts';

interface Deps {
  desk: Desk;
  book: ConnectionBook;
  vault: SecretVault;
  surroundings: Surroundings;
}

type Handlers = Pick<
  BridgeHandlers,
  Extract<keyof BridgeHandlers, `connections.${string}` | `prompt.${string}` | `prompts.${string}`>
>;

/** Gateways elsewhere, and what has to be decided on the way to them. */
export function connectionHandlers({ desk, book, vault, surroundings }: Deps): Handlers {
  const checked = (destination: Destination): Destination => {
    const allowInsecure = allowsInsecure(surroundings.env);
    return checkDestination(destination, { language: desk.view.language, allowInsecure });
  };
  const remote = (destination: Destination): RemoteDestination => {
    const known = checked(destination);
    if (known.kind !== 'local') return known;
    throw new RpcError('BAD_ARGUMENT', connectionMessages.in(desk.view.language)('localHasNoEntry'));
  };
  const portOf = (destination: RemoteDestination): Promise<number> =>
    destination.kind === 'ssh' ? book.portFor(destination) : Promise.resolve(0);
  return {
    'connections.get': () => desk.connections(),
    'connections.open': async ({ destination }) => {
      await desk.connect(withKnownPin(checked(destination), book));
      return { opened: true };
    },
    'connections.save': async ({ destination, name }) => {
      await book.save(withKnownPin(remote(destination), book), name);
      await desk.connections();
      return { saved: true };
    },
    'connections.forget': async ({ destination }) => {
      const forgotten = await book.forget(destination);
      await vault.forget(destinationKey(destination));
      await desk.connections();
      return { forgotten };
    },
    'connections.planConfig': async ({ destination }) => {
      const known = remote(destination);
      const changes = await planRemoteConfig(known, await portOf(known), surroundings);
      return { file: surroundings.paths.configPath, changes };
    },
    'connections.writeConfig': async ({ destination }) => {
      const known = remote(destination);
      await writeRemoteConfig(known, await portOf(known), surroundings);
      await desk.connections();
      return { written: true };
    },
    'prompts.get': () => ({ prompts: desk.prompts.prompts }),
    'prompt.answer': ({ id, answer }) => ({ taken: desk.prompts.answer(id, answer) }),
  };
}

/** A certificate that was compared once stays the one that is expected, also when the address is typed again. */
function withKnownPin<D extends Destination>(destination: D, book: ConnectionBook): D {
  if (destination.kind !== 'direct' || destination.tlsFingerprint !== undefined) return destination;
  const known = book.find(destination)?.destination;
  const pin = known?.kind === 'direct' ? known.tlsFingerprint : undefined;
  return pin === undefined ? destination : { ...destination, tlsFingerprint: pin };
}
