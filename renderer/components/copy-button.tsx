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
  const word = say(copied === text ? 'copied' : 'copy');
  return (
    <button type="button" className="small" onClick={copy} aria-label={`${word}: ${what}`}>
      <span aria-live="polite">{word}</span>
    </button>
  );
}
