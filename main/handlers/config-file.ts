import type { configFileMethods } from '../bridge/methods/config-file.ts';
import type { BridgeHandlers } from '../bridge/serve.ts';
import type { ConfigDesk } from '../config-desk.ts';

/** `onSaved`: the gateway of this computer may be another one now. */
export const configFileHandlers = (
  desk: ConfigDesk,
  onSaved: () => void,
): Pick<BridgeHandlers, keyof typeof configFileMethods> => ({
  'config.file.schema': () => desk.schema(),
  'config.file.read': () => desk.read(),
  'config.file.plan': (request) => desk.plan(request),
  async 'config.file.save'(request) {
    const saved = await desk.save(request);
    if (saved.isSaved) onSaved();
    return saved;
  },
});
