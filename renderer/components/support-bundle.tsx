import { useState } from 'react';
import type { BridgeResult } from '../../main/bridge/contract.ts';
import { ask, type CallError } from '../bridge.ts';
import { useSay } from '../state.ts';
import { diagnosticsMessages } from '../words/diagnostics-messages.ts';

type Prepared = BridgeResult<'bundle.prepare'>;

/** Collects, shows, and saves exactly what was shown. */
export function SupportBundle({ onError }: { onError(error: CallError): void }) {
  const say = useSay(diagnosticsMessages);
  const [hidesAddresses, setHides] = useState(true);
  const [bundle, setBundle] = useState<Prepared>();
  const [said, setSaid] = useState('');
  const collect = (): void => {
    setBundle(undefined);
    setSaid(say('collecting'));
    ask('bundle.prepare', { hidesAddresses }).then((found) => {
      setBundle(found);
      setSaid('');
    }, onError);
  };
  const save = ({ id }: Prepared): void => {
    ask('bundle.save', { id }).then(
      ({ name }) => setSaid(name === null ? say('notSaved') : say('saved', { name })),
      onError,
    );
  };
  return (
    <section aria-labelledby="bundle-title">
      <h2 id="bundle-title">{say('bundle')}</h2>
      <p>{say('bundleText')}</p>
      <p>
        <label>
          <input
            type="checkbox"
            checked={hidesAddresses}
            onChange={({ target }) => setHides(target.checked)}
          />{' '}
          {say('addresses')}
        </label>
      </p>
      <button type="button" onClick={collect}>
        {say('collect')}
      </button>
      {bundle ? (
        <>
          <p>{say('hidden', bundle.hidden)}</p>
          {bundle.files.map((file) => (
            <BundleFile key={file.name} {...file} />
          ))}
          <p className="bundle-save">
            <button type="button" className="primary" onClick={() => save(bundle)}>
              {say('save')}
            </button>
          </p>
        </>
      ) : null}
      <p role="status">{said}</p>
    </section>
  );
}

function BundleFile({ name, text, hidden }: Prepared['files'][number]) {
  const say = useSay(diagnosticsMessages);
  const lines = text.trimEnd().split('\n').length;
  return (
    <details className="bundle-file">
      <summary>
        <code>{name}</code> <span className="quiet">{say('fileSize', { lines, hidden })}</span>
      </summary>
      <textarea
        readOnly
        aria-label={name}
        value={text}
        rows={Math.min(24, Math.max(3, lines + 1))}
        wrap="off"
      />
    </details>
  );
}
