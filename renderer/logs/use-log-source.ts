import { useEffect, useState } from 'react';
import type { Connections } from '../../main/bridge/contract.ts';
import { ask, follow } from '../bridge.ts';

/** Whose log it is. */
export interface LogSource {
  /** Where the gateway elsewhere is; undefined for the files of this computer. */
  place: string | undefined;
  /** It can be read now: files can always. */
  isThere: boolean;
}

/** Undefined until the app has said. */
export function useLogSource(): LogSource | undefined {
  const [source, setSource] = useState<LogSource>();
  useEffect(() => {
    const hear = ({ current: { state, label } }: Connections): void => {
      const place = state === 'local' ? undefined : label;
      const isThere = state === 'local' || state === 'connected';
      setSource((before) =>
        before?.place === place && before?.isThere === isThere ? before : { place, isThere },
      );
    };
    return follow('connections', () => ask('connections.get', undefined), hear);
  }, []);
  return source;
}
