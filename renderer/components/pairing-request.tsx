import { useId, useState } from 'react';
import { plainText } from '../../core/messages/plain-text.ts';
import type { WindowCall } from '../../main/bridge/contract.ts';
import { askGateway, type CallError } from '../bridge.ts';
import { ago } from '../formats.ts';
import { useSay, useView } from '../state.ts';
import { pairingMessages } from '../words/pairing-messages.ts';
import { Problem } from './problem.tsx';
import { ScopeName, useScopeWords } from './scope-name.tsx';

export type Pending = WindowCall<'device.pair.list'>['result']['pending'][number];

export const nameOf = (device: {
  displayName?: string | undefined;
  clientId?: string | undefined;
  deviceId: string;
}) => plainText(device.displayName || device.clientId || device.deviceId.slice(0, 12), 60);

interface Props {
  request: Pending;
  now: number;
  /** It was decided, or is not there any more. */
  decided(): void;
}

/** One device that asks: who it is, the code to compare, and what of its wishes it gets. */
export function PairingRequest({ request, now, decided }: Props) {
  const say = useSay(pairingMessages);
  const { requestId, scopes, pairingCode } = request;
  const [left, setLeft] = useState<readonly string[]>(scopes);
  const [error, setError] = useState<CallError>();
  const id = useId();
  const decide = (decision: Promise<unknown>): void => {
    decision.then(decided, (failed: CallError) => {
      setError(failed);
      decided();
    });
  };
  const isPart = left.length < scopes.length;
  const approve = () =>
    askGateway('device.pair.approve', isPart ? { requestId, scopes: [...left] } : { requestId });
  return (
    <article className="request" aria-labelledby={id}>
      <div className="request-head">
        <div>
          <h3 id={id}>{nameOf(request)}</h3>
          {request.isRepair && <p className="warning">{say('again')}</p>}
        </div>
        {pairingCode !== undefined && (
          <p className="code">
            <span className="quiet">{say('code')}</span> <strong>{plainText(pairingCode, 16)}</strong>
          </p>
        )}
      </div>
      <p>{say(pairingCode === undefined ? 'noCode' : 'compare')}</p>
      <Facts request={request} now={now} />
      <Wishes scopes={scopes} left={left} change={setLeft} />
      <Problem error={error} />
      <button
        type="button"
        className="primary"
        disabled={left.length === 0 && scopes.length > 0}
        onClick={() => decide(approve())}
      >
        {isPart ? say('approvePart', { count: left.length, all: scopes.length }) : say('approve')}
      </button>
      <button type="button" onClick={() => decide(askGateway('device.pair.reject', { requestId }))}>
        {say('reject')}
      </button>
    </article>
  );
}

function Facts({ request, now }: Pick<Props, 'request' | 'now'>) {
  const say = useSay(pairingMessages);
  const words = useScopeWords();
  const { language } = useView();
  const facts = [
    ['asks', words(request.role)],
    ['platform', [request.platform, request.deviceFamily].filter(Boolean).join(' · ')],
    ['address', request.remoteIp ?? say('thisComputer')],
    ['origin', request.browserOrigin],
    ['client', [request.clientId, request.clientMode].filter(Boolean).join(' · ')],
    ['asked', ago(request.ts, now, language)],
    ['device', request.deviceId],
  ] as const;
  return (
    <dl className="facts">
      {facts.map(([name, value]) =>
        value ? (
          <div key={name}>
            <dt>{say(name)}</dt>
            <dd>{plainText(value, 100)}</dd>
          </div>
        ) : null,
      )}
    </dl>
  );
}

interface WishesProps {
  scopes: readonly string[];
  left: readonly string[];
  change(left: readonly string[]): void;
}

function Wishes({ scopes, left, change }: WishesProps) {
  const say = useSay(pairingMessages);
  if (scopes.length === 0) return <p>{say('noScopes')}</p>;
  const toggle = (scope: string): void =>
    change(scopes.filter((one) => (one === scope ? !left.includes(one) : left.includes(one))));
  return (
    <fieldset className="wishes">
      <legend>{say('may')}</legend>
      {scopes.map((scope) => (
        <label key={scope}>
          <input type="checkbox" checked={left.includes(scope)} onChange={() => toggle(scope)} />
          <span>
            <ScopeName scope={scope} />
          </span>
        </label>
      ))}
      <p className="quiet">{say('mayHint')}</p>
    </fieldset>
  );
}
