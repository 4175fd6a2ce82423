import { useState } from 'react';
import { CallError } from '../bridge.ts';

/** One thing at a time that may fail; what it failed with stays until the next one. */
export function useTask() {
  const [error, setError] = useState<CallError>();
  const [isBusy, setBusy] = useState(false);
  const run = (work: () => Promise<unknown>): void => {
    setBusy(true);
    setError(undefined);
    work()
      .catch((reason: unknown) => setError(reason instanceof CallError ? reason : undefined))
      .finally(() => setBusy(false));
  };
  return { run, error, isBusy };
}

/** What went wrong, with the code that is the same in every language. */
export function Failure({ error }: { error: CallError | undefined }) {
  if (!error) return null;
  return (
    <p className="problem" role="alert">
      {error.message} <code>({error.code})</code>
    </p>
  );
}
