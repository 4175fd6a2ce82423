import { useCallback, useEffect, useState } from 'react';
import type { Connections } from '../../main/bridge/contract.ts';
import { ask } from '../bridge.ts';
import { useBridgeEvent } from '../state.ts';

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
  const hear = useCallback(({ current: { state, label } }: Connections): void => {
    const place = state === 'local' ? undefined : label;
    const isThere = state === 'local' || state === 'connected';
    setSource((before) =>
      before?.place === place && before?.isThere === isThere ? before : { place, isThere },
    );
  }, []);
  useBridgeEvent('connections', hear);
  useEffect(() => void ask('connections.get', undefined).then(hear, () => undefined), [hear]);
  return source;
}
