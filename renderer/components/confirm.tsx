import { type ReactNode, useState } from 'react';
import type { CallError } from '../bridge.ts';
import { useSay } from '../state.ts';
import { commonMessages } from '../words/common-messages.ts';
import { Dialog } from './dialog.tsx';
import { Problem } from './problem.tsx';

export interface ConfirmProps {
  title: string;
  /** What happens, and what cannot be undone. */
  children?: ReactNode;
  /** The act itself, as the button says it. */
  action: string;
  /** Resolves when it is done; the dialog then closes. What it rejects with is shown. */
  act(): Promise<unknown>;
  close(): void;
}

/** Asks before something is done that is hard to undo. Cancel comes first and so has the focus. */
export function Confirm({ title, children, action, act, close }: ConfirmProps) {
  const say = useSay(commonMessages);
  const [error, setError] = useState<CallError>();
  const [isBusy, setBusy] = useState(false);
  const run = (): void => {
    setBusy(true);
    act().then(close, (failed: CallError) => {
      setError(failed);
      setBusy(false);
    });
  };
  return (
    <Dialog title={title} close={close}>
      {children}
      <Problem error={error} />
      <div className="choices">
        <button type="button" onClick={close}>
          {say('cancel')}
        </button>
        <button type="button" className="danger" disabled={isBusy} onClick={run}>
          {action}
        </button>
      </div>
    </Dialog>
  );
}
