import { plainText } from '../../core/messages/plain-text.ts';
import type { WindowCall } from '../../main/bridge/contract.ts';
import { ago } from '../formats.ts';
import { useGateway, useSay, useView } from '../state.ts';
import { overviewMessages } from '../words/overview-messages.ts';

type Row = WindowCall<'system-presence'>['result'][number];

/** Those who are connected now; rows of those who have left stay in the list of the gateway for a while. */
const isHere = ({ reason }: Row): boolean => reason !== 'self' && reason !== 'disconnect';

/** Who is connected, and what each may do. */
export function Clients() {
  const say = useSay(overviewMessages);
  const { data = [] } = useGateway('system-presence', {}, ['presence']);
  const rows = data.filter(isHere);
  return (
    <>
      <h3>{say('clients', { count: rows.length })}</h3>
      {rows.length === 0 ? <p>{say('clientsNone')}</p> : <ClientTable rows={rows} />}
      <p className="quiet">{say('clientsQuiet')}</p>
    </>
  );
}

function ClientTable({ rows }: { rows: readonly Row[] }) {
  const say = useSay(overviewMessages);
  const { language } = useView();
  return (
    <div className="scroll">
      <table className="list">
        <thead>
          <tr>
            {(['name', 'kind', 'role', 'scopes', 'since'] as const).map((name) => (
              <th key={name} scope="col">
                {say(name)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.deviceId ?? row.instanceId ?? row.host ?? row.ts}>
              <th scope="row">{plainText(row.host ?? say('unnamed'), 120)}</th>
              <td>{plainText([row.mode, row.platform, row.version].filter(Boolean).join(' · '), 120)}</td>
              <td>{plainText(row.roles?.join(', ') ?? '', 120)}</td>
              <td>{plainText(row.scopes?.join(', ') ?? say('noDevice'), 200)}</td>
              <td>{ago(row.ts, Date.now(), language)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
