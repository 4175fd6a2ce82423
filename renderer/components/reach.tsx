import { useContext, useState } from 'react';
import type { WindowCall } from '../../main/bridge/contract.ts';
import { askGateway } from '../bridge.ts';
import { SamplesContext } from '../samples.ts';
import { useSay } from '../state.ts';
import { overviewMessages } from '../words/overview-messages.ts';
import { Clients } from './clients.tsx';
import { Confirm } from './confirm.tsx';

type Listening = NonNullable<WindowCall<'status'>['result']['listening']>;

const REACH = { loopback: 'reachLoopback', tailnet: 'reachTailnet', network: 'reachNetwork' } as const;

/** Who can reach the gateway and who does, with a way to close it. */
export function Reach() {
  const say = useSay(overviewMessages);
  const { status } = useContext(SamplesContext);
  const [isClosing, setClosing] = useState(false);
  if (!status) return null;
  const { listening } = status;
  return (
    <section aria-labelledby="reach">
      <h2 id="reach">{say('reach')}</h2>
      {listening ? <Told listening={listening} close={() => setClosing(true)} /> : <p>{say('untold')}</p>}
      <Clients />
      {listening && isClosing && <CloseDialog listening={listening} close={() => setClosing(false)} />}
    </section>
  );
}

const usesTailscale = ({ tailscale }: Listening): boolean => (tailscale?.value ?? 'off') !== 'off';

/** What was said at the start of the gateway counts more than the configuration. */
function fixedBy({ bind, tailscale, reach }: Listening): string | undefined {
  const isFixed = (setting: typeof bind): boolean => setting?.origin === 'flag' || setting?.origin === 'env';
  if (reach !== 'loopback' && isFixed(bind)) return `--bind ${bind?.value}`;
  return isFixed(tailscale) && tailscale?.value !== 'off' ? `--tailscale ${tailscale?.value}` : undefined;
}

function Told({ listening, close }: { listening: Listening; close(): void }) {
  const say = useSay(overviewMessages);
  const { reach, tls, bind, tailscale, tailscaleHost } = listening;
  const isOpen = reach !== 'loopback' || usesTailscale(listening);
  const fixed = fixedBy(listening);
  return (
    <>
      <p>
        <strong>{say(REACH[reach])}</strong>
      </p>
      {usesTailscale(listening) && (
        <p>
          {say('tailscale', { mode: tailscale?.value ?? '', host: tailscaleHost ?? say('tailscaleWaiting') })}
        </p>
      )}
      {tls && <p>{say('withTls')}</p>}
      {!tls && reach !== 'loopback' && <p className="warning">{say('withoutTls')}</p>}
      {bind && (
        <p className="quiet">
          {say('bind', {
            addresses: addressesOf(listening),
            mode: bind.value,
            origin: say(`origin.${bind.origin}`),
          })}
        </p>
      )}
      {isOpen && fixed !== undefined && <p>{say('closeNot', { what: fixed })}</p>}
      {isOpen && fixed === undefined && (
        <button type="button" onClick={close}>
          {say('close')}
        </button>
      )}
    </>
  );
}

const addressesOf = ({ addresses, port }: Listening): string =>
  addresses.map((one) => (one.includes(':') ? `[${one}]:${port}` : `${one}:${port}`)).join(', ');

/** Milliseconds for the answer to come back before the gateway restarts. */
const RESTART_DELAY_MS = 300;

function CloseDialog({ listening, close }: { listening: Listening; close(): void }) {
  const say = useSay(overviewMessages);
  const withTailscale = usesTailscale(listening);
  const act = async (): Promise<void> => {
    const { hash } = await askGateway('config.get', {});
    const gateway = { bind: 'loopback', ...(withTailscale ? { tailscale: { mode: 'off' } } : {}) };
    await askGateway('config.patch', {
      raw: JSON.stringify({ gateway }),
      baseHash: hash,
      restartDelayMs: RESTART_DELAY_MS,
    });
  };
  return (
    <Confirm title={say('closeTitle')} action={say('closeAct')} act={act} close={close}>
      <p>{say('closeWhat', { more: withTailscale ? say('closeTailscale') : '' })}</p>
    </Confirm>
  );
}
