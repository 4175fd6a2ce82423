import { commandName } from '../../core/config/command-name.ts';
import { readConfigFile } from '../../core/config/read.ts';
import { browse } from '../../core/discovery/browse.ts';
import { ownAddresses, readInterfaces } from '../../core/discovery/network.ts';
import { askWideArea } from '../../core/discovery/wide-area.ts';
import { wideAreaDomain } from '../../core/discovery/wide-area-domain.ts';
import type { Language } from '../../core/messages/language.ts';
import type { PickerState } from '../bridge/contract.ts';
import type { BridgeHandlers } from '../bridge/serve.ts';
import type { ConnectionBook } from '../connection-book.ts';
import { allowsInsecure, type Surroundings } from '../gateway-route.ts';
import { knownPlaces, outlooks } from '../picker/known-places.ts';
import { measureTcp } from '../picker/latency.ts';
import { Picker, type PickerSources } from '../picker/picker.ts';
import { offeredDestination } from '../remote/remote-config.ts';

interface Deps {
  surroundings: Surroundings;
  book: ConnectionBook;
  language(): Language;
  onState(state: PickerState): void;
}

/** The picker of this computer. */
export function createPicker({ surroundings, book, language, onState }: Deps): Picker {
  const { clock, env, paths } = surroundings;
  return new Picker({
    clock,
    sources: sourcesOf(surroundings, book),
    current: () => book.current,
    language,
    command: commandName(paths, env),
    allowInsecure: allowsInsecure(env),
    onState,
  });
}

/** Milliseconds for a name server to answer. */
const ANSWER_MS = 3_000;

function sourcesOf(surroundings: Surroundings, book: ConnectionBook): PickerSources {
  const { clock, env, paths } = surroundings;
  return {
    browse: (listener) => browse(listener, { clock }),
    domain: async () => {
      const file = await readConfigFile(paths.configPath, env, { stateDir: paths.stateDir });
      return wideAreaDomain({ config: file.resolved, env: file.env });
    },
    askWideArea: (domain, signal) => askWideArea({ domain, servers: [], timeoutMs: ANSWER_MS, signal }),
    known: async () => {
      const offered = await offeredDestination(surroundings);
      const remote = offered?.kind === 'local' ? undefined : offered;
      return knownPlaces({ kept: book.list, offered: remote }, surroundings);
    },
    outlook: () => outlooks(surroundings),
    measure: measureTcp,
    ownAddresses: () => ownAddresses(readInterfaces()),
  };
}

export const pickerHandlers = (picker: Picker): Pick<BridgeHandlers, `picker.${'open' | 'close'}`> => ({
  'picker.open': () => picker.open(),
  'picker.close': () => {
    picker.close();
    return { closed: true };
  },
});
