import { contextBridge, ipcRenderer } from 'electron';
import { CALL_CHANNEL, VIEW_CHANNEL } from './channels.ts';
import type { Bridge, View } from './contract.ts';

const bridge: Bridge = {
  call: (method, params) => ipcRenderer.invoke(CALL_CHANNEL, method, params),
  onView(listener) {
    const hear = (_event: unknown, view: View): void => listener(view);
    ipcRenderer.on(VIEW_CHANNEL, hear);
    return () => void ipcRenderer.off(VIEW_CHANNEL, hear);
  },
};

contextBridge.exposeInMainWorld('openclaw', bridge);
