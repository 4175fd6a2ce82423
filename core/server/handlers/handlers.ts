import type { GatewayContract, MethodName } from '../../protocol/contract.ts';
import type { ParamsOf, ResultOf } from '../../protocol/define.ts';
import type { CallContext } from '../context.ts';

type Handler<M extends MethodName> = (
  params: ParamsOf<GatewayContract, M>,
  context: CallContext,
) => ResultOf<GatewayContract, M> | Promise<ResultOf<GatewayContract, M>>;

/** One function for each method of the contract: a missing one does not compile. */
export type Handlers = { readonly [M in MethodName]: Handler<M> };

/** The handlers of one family; each handlers file returns one of these. */
export type HandlersOf<M extends MethodName> = Pick<Handlers, M>;
