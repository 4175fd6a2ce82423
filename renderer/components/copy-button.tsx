import { useState } from 'react';
import { ask } from '../bridge.ts';
import { useSay } from '../state.ts';
import { commonMessages } from '../words/common-messages.ts';

/** Copies a text; `what` tells which one to whoever does not see where the button is. */
export function CopyButton({ text, what }: { text: string; what: string }) {
  const say = useSay(commonMessages);
  const [copied, setCopied] = useState('');
  const copy = (): void => {
    ask('clipboard.write', { text }).then(
      () => setCopied(text),
      () => setCopied(''),
    );
  };
  return (
    <button type="button" className="small" onClick={copy} aria-label={`${say('copy')}: ${what}`}>
      <span aria-live="polite">{say(copied === text ? 'copied' : 'copy')}</span>
    </button>
  );
}
