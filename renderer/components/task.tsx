import { useEffect, useRef, useState } from 'react';
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
  const text = useRef<HTMLParagraphElement>(null);
  // What caused it may be further down than what can be seen at once.
  useEffect(() => {
    if (error) text.current?.scrollIntoView({ block: 'nearest' });
  }, [error]);
  if (!error) return null;
  return (
    <p className="problem" role="alert" ref={text}>
      {error.message} <code>({error.code})</code>
    </p>
  );
}
