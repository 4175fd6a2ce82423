import type { InputOf, ParamsOf, ResultOf } from './define.ts';
import { agentMethods } from './methods/agents.ts';
import { approvalMethods } from './methods/approvals.ts';
import { chatMethods } from './methods/chat.ts';
import { configMethods } from './methods/config.ts';
import { deviceMethods } from './methods/devices.ts';
import { gatewayMethods } from './methods/gateway.ts';
import { sessionMethods } from './methods/sessions.ts';
import { statusMethods } from './methods/status.ts';

/** Everything a gateway can be asked. What is not here is answered as unknown and never advertised. */
export const contract = {
  ...statusMethods,
  ...gatewayMethods,
  ...configMethods,
  ...deviceMethods,
  ...agentMethods,
  ...sessionMethods,
  ...chatMethods,
  ...approvalMethods,
};

export type GatewayContract = typeof contract;
export type MethodName = keyof GatewayContract;
export type Params<M extends MethodName> = ParamsOf<GatewayContract, M>;
/** What a caller may pass: the same before defaults are filled in. */
export type CallParams<M extends MethodName> = InputOf<GatewayContract, M>;
export type Result<M extends MethodName> = ResultOf<GatewayContract, M>;
