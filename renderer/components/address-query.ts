import { useCallback, useEffect, useState } from 'react';

const queryNow = (): string => window.location.hash.split('?')[1] ?? '';

/** What stands behind `?` in the address, which is the view's own; `leave` takes it away. */
export function useAddressQuery(): { query: URLSearchParams; leave(): void } {
  const [text, setText] = useState(queryNow);
  useEffect(() => {
    const follow = (): void => setText(queryNow());
    window.addEventListener('hashchange', follow);
    return () => window.removeEventListener('hashchange', follow);
  }, []);
  const leave = useCallback(() => {
    window.location.hash = window.location.hash.split('?')[0] ?? '';
  }, []);
  return { query: new URLSearchParams(text), leave };
}
