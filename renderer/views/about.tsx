import { useContext, useEffect, useState } from 'react';
import { plainText } from '../../core/messages/plain-text.ts';
import type { BridgeResult } from '../../main/bridge/contract.ts';
import { ask } from '../bridge.ts';
import { CopyButton } from '../components/copy-button.tsx';
import { Updates } from '../components/updates.tsx';
import { SamplesContext } from '../samples.ts';
import { useSay } from '../state.ts';
import { aboutMessages } from '../words/about-messages.ts';
import './about.css';

const FACTS = ['app', 'gateway', 'protocol', 'electron', 'chromium', 'node', 'platform', 'stateDir'] as const;

/** Which versions of what, and under which licences. */
export function About() {
  const say = useSay(aboutMessages);
  const { status } = useContext(SamplesContext);
  const [about, setAbout] = useState<BridgeResult<'about.get'>>();
  const [licences, setLicences] = useState<string>();
  useEffect(() => {
    ask('about.get', undefined).then(setAbout, () => undefined);
    ask('licenses.get', undefined).then(
      ({ text }) => setLicences(text),
      () => setLicences(''),
    );
  }, []);
  if (!about) return null;
  const values = { ...about, gateway: status ? plainText(status.runtimeVersion, 40) : say('noGateway') };
  const text = FACTS.map((name) => `${say(name)}: ${values[name]}`).join('\n');
  return (
    <div className="about">
      <h1>OpenClaw Tray</h1>
      <p>{say('what')}</p>
      <section aria-labelledby="versions">
        <h2 id="versions">{say('versions')}</h2>
        <table>
          <tbody>
            {FACTS.map((name) => (
              <tr key={name}>
                <th scope="row">{say(name)}</th>
                <td>{values[name]}</td>
              </tr>
            ))}
          </tbody>
        </table>
        <CopyButton text={text} what={say('copyAll')} />
      </section>
      <Updates />
      <section aria-labelledby="keys">
        <h2 id="keys">{say('keys')}</h2>
        <p>{say('keysHint')}</p>
      </section>
      <section aria-labelledby="licences">
        <h2 id="licences">{say('licences')}</h2>
        <p className="quiet">{say(licences === '' ? 'noLicences' : 'licencesHint')}</p>
        {licences ? (
          <textarea className="licences" readOnly rows={16} aria-labelledby="licences" value={licences} />
        ) : null}
      </section>
    </div>
  );
}
