import { contextBridge, ipcRenderer } from 'electron';
import { CALL_CHANNEL, EVENT_CHANNEL } from './channels.ts';
import type { Bridge } from './contract.ts';

const bridge: Bridge = {
  call: (method, params) => ipcRenderer.invoke(CALL_CHANNEL, method, params),
  on(event, listener) {
    const hear = (_event: unknown, ...[name, payload]: unknown[]): void => {
      if (name === event) listener(payload as never);
    };
    ipcRenderer.on(EVENT_CHANNEL, hear);
    return () => void ipcRenderer.off(EVENT_CHANNEL, hear);
  },
};

contextBridge.exposeInMainWorld('openclaw', bridge);
