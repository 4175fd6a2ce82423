import { useEffect, useState } from 'react';

/** What stands behind `#`: a view, and behind `?` what it shows. */
export interface Address {
  view: string;
  params: URLSearchParams;
}

export function parseAddress(hash: string): Address {
  const [view = '', query = ''] = hash.replace(/^#/, '').split(/\?(.*)/s);
  return { view, params: new URLSearchParams(query) };
}

/** Follows the address of the window. */
export function useAddress(): Address {
  const [hash, setHash] = useState(window.location.hash);
  useEffect(() => {
    const follow = (): void => setHash(window.location.hash);
    window.addEventListener('hashchange', follow);
    return () => window.removeEventListener('hashchange', follow);
  }, []);
  return parseAddress(hash);
}
