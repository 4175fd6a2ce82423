import type { ReactNode } from 'react';
import type { Prompt } from '../../main/bridge/contract.ts';
import { useSay } from '../state.ts';
import { promptMessages } from '../words/prompt-messages.ts';
import { Commands } from './commands.tsx';
import type { Reply } from './prompts.tsx';

type Consent = Exclude<Prompt, { kind: 'changed' | 'passphrase' | 'credential' }>;
type Of<Kind extends Prompt['kind']> = Extract<Prompt, { kind: Kind }>;
type Say = ReturnType<(typeof promptMessages)['in']>;

interface Parts {
  title: string;
  text: string;
  facts: ReactNode;
  yes: string;
}

/** A question with a yes that says what it does, and a no that is the default. */
export function ConsentPrompt({
  prompt,
  titleId,
  reply,
}: {
  prompt: Consent;
  titleId: string;
  reply: Reply;
}) {
  const say = useSay(promptMessages);
  const { title, text, facts, yes } = partsOf(prompt, say);
  return (
    <>
      <h2 id={titleId}>{title}</h2>
      <p>{text}</p>
      {facts}
      <footer>
        <button type="button" onClick={() => reply({ do: 'accept' })}>
          {yes}
        </button>
        <button type="button" className="primary" data-first onClick={() => reply({ do: 'cancel' })}>
          {say('cancel')}
        </button>
      </footer>
    </>
  );
}

function partsOf(prompt: Consent, say: Say): Parts {
  switch (prompt.kind) {
    case 'host-key':
      return hostKey(prompt, say);
    case 'gateway':
      return gateway(prompt, say);
    case 'certificate':
      return certificate(prompt, say);
    case 'unproven-gateway': {
      const { place, reason } = prompt;
      const text = say('unproven-gateway.text', { place, reason });
      return { title: say('unproven-gateway'), text, facts: null, yes: say('goOn') };
    }
    case 'port-taken': {
      const { place, port, free, holder } = prompt;
      const text = say('port-taken.text', { place, port });
      return {
        title: say('port-taken', { port }),
        text,
        facts: <Holder line={holder} />,
        yes: say('takeOther', { free }),
      };
    }
    case 'adopt': {
      const { port, holder } = prompt;
      const title = say('adopt', { port });
      return { title, text: say('adopt.text'), facts: <Holder line={holder} />, yes: say('adoptIt') };
    }
    case 'stop-holder': {
      const { port, holder } = prompt;
      const title = say('stop-holder', { port });
      return { title, text: say('stop-holder.text'), facts: <Holder line={holder} />, yes: say('stop') };
    }
    case 'use-port': {
      const { port, free, file } = prompt;
      const text = say('use-port.text', { port, free, file });
      return { title: say('use-port'), text, facts: null, yes: say('usePort', { free }) };
    }
  }
}

const Holder = ({ line }: { line: string }) => <code className="command">{line}</code>;

const hostKey = (prompt: Of<'host-key'>, say: Say): Parts => ({
  title: say('host-key', { host: prompt.host }),
  text: say('host-key.text', { host: prompt.host, port: prompt.port }),
  yes: say('trust'),
  facts: (
    <>
      <div className="key">
        <dl>
          <dt>{say('type')}</dt>
          <dd>{prompt.type}</dd>
          <dt>{say('fingerprint')}</dt>
          <dd>
            <code>{prompt.fingerprint}</code>
          </dd>
        </dl>
        <pre role="img" aria-label={say('randomart')}>
          {prompt.randomart.join('\n')}
        </pre>
      </div>
      {prompt.authorities.map((place) => (
        <p key={place}>{say('authority', { place })}</p>
      ))}
      <Commands title={say('compareThere')} commands={prompt.commands} />
      <Commands title={say('compareScan')} commands={[prompt.scan]} />
    </>
  ),
});

const gateway = (prompt: Of<'gateway'>, say: Say): Parts => ({
  title: say('gateway'),
  text: say('gateway.text', { place: prompt.place }),
  yes: say('trust'),
  facts: (
    <>
      <dl>
        <dt>{say('gatewayId')}</dt>
        <dd>
          <code>{prompt.gatewayId}</code>
        </dd>
      </dl>
      <Commands title={say('compareGateway')} commands={prompt.commands} />
    </>
  ),
});

const certificate = (prompt: Of<'certificate'>, say: Say): Parts => ({
  title: say('certificate'),
  text: say('certificate.text', { place: prompt.place }),
  yes: say('trust'),
  facts: (
    <>
      <dl>
        <dt>{say('certFingerprint')}</dt>
        <dd>
          <code>{prompt.fingerprint}</code>
        </dd>
        <dt>{say('subject')}</dt>
        <dd>{prompt.subject}</dd>
        <dt>{say('validTo')}</dt>
        <dd>{prompt.validTo}</dd>
      </dl>
      <Commands title={say('compareCertificate')} commands={prompt.commands} />
    </>
  ),
});
