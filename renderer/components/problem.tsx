import type { CallError } from '../bridge.ts';
import { useSay } from '../state.ts';
import { commonMessages } from '../words/common-messages.ts';

type Say = (key: string, values?: Record<string, string>) => string;

/** What was refused: words, the stable code, and what to do next. Nothing where nothing was. */
export function Problem({ error }: { error: CallError | undefined }) {
  const say = useSay(commonMessages) as Say;
  if (!error) return null;
  const step = Object.hasOwn(commonMessages.texts.en, error.code) ? error.code : 'otherwise';
  return (
    <div className="trouble" role="alert">
      <p className="problem">{error.message}</p>
      <p>
        {say(step)} <code>{error.code}</code>
      </p>
    </div>
  );
}
