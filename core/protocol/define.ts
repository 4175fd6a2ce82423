import type * as z from 'zod';
import type { Role, Scope } from './scopes.ts';

/** One method of a contract. Server, client, command line, docs and a batch of tests derive from it. */
export interface MethodSpec<P extends z.ZodType = z.ZodType, R extends z.ZodType = z.ZodType> {
  /** One line for help and docs. */
  summary: string;
  /** What the caller must hold; `any` admits every connected client of either role. */
  scope: Scope | 'any';
  /** Another scope for these params, which are as they came, unchecked; undefined: `scope` it is. */
  scopeFor?(params: unknown): Scope | undefined;
  /** Who may call it; operators when absent. */
  role?: Role;
  /** A caller may send an `idempotencyKey`; the same key within five minutes gets the same answer and no second act. */
  idempotent?: true;
  params: P;
  result: R;
}

export type Contract = Readonly<Record<string, MethodSpec>>;

export type ParamsOf<C extends Contract, M extends keyof C> = z.output<C[M]['params']>;
export type InputOf<C extends Contract, M extends keyof C> = z.input<C[M]['params']>;
export type ResultOf<C extends Contract, M extends keyof C> = z.output<C[M]['result']>;

/** Keeps the exact schema types of a family of methods while checking its shape. */
export function defineMethods<const C extends Contract>(methods: C): C {
  return methods;
}
