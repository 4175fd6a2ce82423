import { useId, useState } from 'react';
import { plainText } from '../../core/messages/plain-text.ts';
import type { WindowCall } from '../../main/bridge/contract.ts';
import { askGateway } from '../bridge.ts';
import { ago } from '../formats.ts';
import { useSay, useView } from '../state.ts';
import { pairingMessages } from '../words/pairing-messages.ts';
import { Confirm } from './confirm.tsx';
import { nameOf } from './pairing-request.tsx';
import { ScopeName, useScopeWords } from './scope-name.tsx';

type Paired = WindowCall<'device.pair.list'>['result']['paired'][number];
/** What is about to be done, in the words that ask for it. */
type Act = { do: 'remove' } | { do: 'rotate' | 'revoke'; role: string };

/** A device that is let in: when it was seen, what it may do, and how to take that away. */
export function PairedDevice({ device, now, changed }: { device: Paired; now: number; changed(): void }) {
  const say = useSay(pairingMessages);
  const [act, setAct] = useState<Act>();
  const id = useId();
  const { tokens, scopes } = device;
  const active = tokens.filter(({ revokedAtMs }) => revokedAtMs === undefined);
  return (
    <article className="device" aria-labelledby={id}>
      <h3 id={id}>{nameOf(device)}</h3>
      <Seen device={device} now={now} />
      <ul className="scopes" aria-label={say('scopes')}>
        {scopes.length === 0 ? <li>{say('nothing')}</li> : null}
        {scopes.map((scope) => (
          <li key={scope}>
            <ScopeName scope={scope} />
          </li>
        ))}
      </ul>
      <div className="choices">
        {active.map(({ role }) => (
          <RoleActs key={role} role={role} choose={setAct} isOnly={active.length === 1} />
        ))}
        <button type="button" className="danger" onClick={() => setAct({ do: 'remove' })}>
          {say('remove')}
        </button>
      </div>
      {act && <Asking act={act} device={device} close={() => setAct(undefined)} changed={changed} />}
    </article>
  );
}

function Seen({ device, now }: { device: Paired; now: number }) {
  const say = useSay(pairingMessages);
  const words = useScopeWords();
  const { language } = useView();
  const { connected, lastSeenAtMs, approvedAtMs, approvedVia, roles, platform } = device as Paired & {
    connected?: boolean;
    lastSeenAtMs?: number;
    approvedVia?: string;
  };
  const time = (at: number): string => ago(at, now, language);
  const seen = lastSeenAtMs === undefined ? say('neverSeen') : say('lastSeen', { time: time(lastSeenAtMs) });
  const facts = [
    connected ? say('connected') : seen,
    say('pairedAt', { time: time(approvedAtMs) }),
    platform && plainText(platform, 40),
    approvedVia === 'silent' && say('silently'),
    ...(roles.length === 0 ? [say('revoked')] : roles.map(words)),
  ];
  return <p className="quiet">{facts.filter(Boolean).join(' · ')}</p>;
}

interface RoleActsProps {
  role: string;
  isOnly: boolean;
  choose(act: Act): void;
}

function RoleActs({ role, isOnly, choose }: RoleActsProps) {
  const say = useSay(pairingMessages);
  const shown = plainText(role, 20);
  return (
    <>
      <button type="button" onClick={() => choose({ do: 'rotate', role })}>
        {isOnly ? say('rotate') : `${say('rotate')} (${shown})`}
      </button>
      <button type="button" onClick={() => choose({ do: 'revoke', role })}>
        {say('revoke', { role: shown })}
      </button>
    </>
  );
}

interface AskingProps {
  act: Act;
  device: Paired;
  close(): void;
  changed(): void;
}

function Asking({ act, device, close, changed }: AskingProps) {
  const say = useSay(pairingMessages);
  const name = nameOf(device);
  const role = act.do === 'remove' ? '' : plainText(act.role, 20);
  return (
    <Confirm
      title={say(`${act.do}Title`, { name, role })}
      action={say(`${act.do}Act`)}
      act={() => carryOut(act, device.deviceId).then(changed)}
      close={close}
    >
      <p>{say(`${act.do}What`)}</p>
    </Confirm>
  );
}

function carryOut(act: Act, deviceId: string): Promise<unknown> {
  if (act.do === 'remove') return askGateway('device.pair.remove', { deviceId });
  const { role } = act;
  return act.do === 'rotate'
    ? askGateway('device.token.rotate', { deviceId, role })
    : askGateway('device.token.revoke', { deviceId, role });
}
