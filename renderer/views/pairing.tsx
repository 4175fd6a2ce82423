import { useEffect, useRef, useState } from 'react';
import { PairedDevice } from '../components/paired-device.tsx';
import { PairingRequest, type Pending } from '../components/pairing-request.tsx';
import { Problem } from '../components/problem.tsx';
import { useGateway, useSay } from '../state.ts';
import { commonMessages } from '../words/common-messages.ts';
import { pairingMessages } from '../words/pairing-messages.ts';
import './pairing.css';

/** A gateway forgets a request this long after it was made last. */
const REQUEST_LIVES_MS = 300_000;
const EVENTS = ['device.pair.requested', 'device.pair.resolved', 'presence'] as const;

/** Who asks to be let in, and who is. */
export function Pairing() {
  const say = useSay(pairingMessages);
  const common = useSay(commonMessages);
  const { data, error, reload } = useGateway('device.pair.list', {}, EVENTS);
  const now = useExpiry(data?.pending, reload);
  const waiting = data?.pending ?? [];
  const paired = data?.paired ?? [];
  return (
    <div className="pairing">
      <h1>{say('title')}</h1>
      <p className="quiet">{say('intro')}</p>
      <Problem error={error} />
      {data === undefined && error === undefined ? <p>{common('loading')}</p> : null}
      {data && (
        <>
          <section aria-labelledby="waiting" aria-live="polite">
            <h2 id="waiting">{say('waiting', { count: waiting.length })}</h2>
            {waiting.length === 0 && <p>{say('nothingWaits')}</p>}
            {waiting.map((request) => (
              <PairingRequest key={request.requestId} request={request} now={now} decided={reload} />
            ))}
          </section>
          <section aria-labelledby="paired">
            <h2 id="paired">{say('paired', { count: paired.length })}</h2>
            {paired.length === 0 && <p>{say('nothingPaired')}</p>}
            {paired.map((device) => (
              <PairedDevice key={device.deviceId} device={device} now={now} changed={reload} />
            ))}
          </section>
        </>
      )}
    </div>
  );
}

/** The time at each change of the list; asks for the list again when a request in it should have expired. */
function useExpiry(pending: readonly Pending[] | undefined, reload: () => void): number {
  const [now, setNow] = useState(Date.now);
  const again = useRef(reload);
  again.current = reload;
  useEffect(() => {
    const current = Date.now();
    setNow(current);
    const ends = (pending ?? []).map(({ ts }) => ts + REQUEST_LIVES_MS - current);
    if (ends.length === 0) return undefined;
    const timer = setTimeout(() => again.current(), waitFor(Math.min(...ends)));
    return () => clearTimeout(timer);
  }, [pending]);
  return now;
}

/** The clock of the gateway decides, and may not be ours. */
const waitFor = (leftMs: number): number => (leftMs > 0 ? leftMs + 500 : 30_000);
