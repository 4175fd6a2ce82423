import { useState } from 'react';
import { useSay, useView } from '../state.ts';
import { toTheLetter } from '../visible-text.ts';
import { chatMessages } from '../words/chat-messages.ts';
import type { Conversation } from './conversation.ts';
import type { Approval } from './wire.ts';

/** The exact command that an agent wants to run, and two answers. */
export function ApprovalCard({ approval, conversation }: { approval: Approval; conversation: Conversation }) {
  const say = useSay(chatMessages);
  const [isDeciding, setIsDeciding] = useState(false);
  const decide = (decision: 'allow-once' | 'deny'): void => {
    setIsDeciding(true);
    void conversation.decide(approval.id, decision).finally(() => setIsDeciding(false));
  };
  const { command, cwd, env, host, warning, expiresAtMs } = approval;
  const until = new Date(expiresAtMs).toLocaleTimeString(useView().language);
  return (
    <section className="approval" aria-label={say('approval')}>
      <h2>{say('approval')}</h2>
      <pre className="exact">{toTheLetter(command)}</pre>
      <dl>
        {cwd ? <Fact name={say('directory')} value={cwd} /> : null}
        {env.length > 0 ? <Fact name={say('variables')} value={env.join('\n')} /> : null}
        {host && host !== 'gateway' ? <Fact name={say('host')} value={host} /> : null}
      </dl>
      {warning ? <p className="problem">{warning}</p> : null}
      {expiresAtMs > 0 ? <p className="quiet">{say('expires', { time: until })}</p> : null}
      <button type="button" disabled={isDeciding} onClick={() => decide('deny')}>
        {say('deny')}
      </button>
      <button type="button" disabled={isDeciding} onClick={() => decide('allow-once')}>
        {say('allowOnce')}
      </button>
    </section>
  );
}

const Fact = ({ name, value }: { name: string; value: string }) => (
  <>
    <dt>{name}</dt>
    <dd>{toTheLetter(value)}</dd>
  </>
);
