/**
 * What has to hold for a gateway to be usable, in the order in which it is needed. The first that is broken is
 * what a person is told; the ones behind it can only fail because of it.
 */
export const LAYERS = [
  'config',
  'service',
  'process',
  'port',
  'tunnel',
  'tcp',
  'tls',
  'http',
  'websocket',
  'challenge',
  'auth',
  'scope',
  'rpc',
  'version',
] as const;

export type Layer = (typeof LAYERS)[number];

export const layerIndex = (layer: Layer): number => LAYERS.indexOf(layer);
