import { useEffect, useRef, useState } from 'react';
import type { Destination } from '../../main/bridge/contract.ts';
import { ask } from '../bridge.ts';
import { useSay } from '../state.ts';
import { connectionsMessages } from '../words/connections-messages.ts';
import { Failure, useTask } from './task.tsx';

interface Plan {
  file: string;
  changes: readonly { path: string; before?: string | undefined; after?: string | undefined }[];
}

/** Shows what would be written into the configuration, and writes it when a person says so. */
export function ConfigConsent({
  destination,
  close,
}: {
  destination: Destination;
  close(note: string): void;
}) {
  const say = useSay(connectionsMessages);
  const [plan, setPlan] = useState<Plan>();
  const task = useTask();
  const heading = useRef<HTMLHeadingElement>(null);
  const load = useRef(() =>
    task.run(async () => setPlan(await ask('connections.planConfig', { destination }))),
  );
  useEffect(() => {
    heading.current?.focus();
    load.current();
  }, []);
  const write = (): void =>
    task.run(async () => {
      await ask('connections.writeConfig', { destination });
      close(say('configWritten'));
    });
  const label =
    destination.kind === 'ssh' ? destination.target : destination.kind === 'direct' ? destination.url : '';
  const isNothing = plan?.changes.length === 0;
  return (
    <section className="card" aria-labelledby="config-consent">
      <h2 id="config-consent" ref={heading} tabIndex={-1}>
        {say('configTitle', { label })}
      </h2>
      <Failure error={task.error} />
      {plan ? <p>{isNothing ? say('configNothing') : say('configText', { file: plan.file })}</p> : null}
      {plan && !isNothing ? <Changes changes={plan.changes} /> : null}
      <p className="buttons">
        <button type="button" disabled={!plan || isNothing || task.isBusy} onClick={write}>
          {say('configWrite')}
        </button>
        <button type="button" className="primary" onClick={() => close('')}>
          {say('cancel')}
        </button>
      </p>
    </section>
  );
}

function Changes({ changes }: Pick<Plan, 'changes'>) {
  const say = useSay(connectionsMessages);
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">{say('key')}</th>
          <th scope="col">{say('before')}</th>
          <th scope="col">{say('after')}</th>
        </tr>
      </thead>
      <tbody>
        {changes.map(({ path, before, after }) => (
          <tr key={path}>
            <th scope="row">
              <code>{path}</code>
            </th>
            <td>{before ?? <span className="quiet">{say('notSet')}</span>}</td>
            <td>{after ?? <span className="quiet">{say('notSet')}</span>}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
