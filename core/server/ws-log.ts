import type { WsFrameSummary } from '../logs/ws-log.ts';

/** Is told of every frame; decides by itself which of them to write down. */
export type WsLog = (frame: WsFrameSummary) => void;
