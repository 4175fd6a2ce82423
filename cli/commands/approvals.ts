import type { Command } from 'commander';
import { addGroup, addLeaf, type Run, withExamples } from '../declare.ts';
import { acceptQueryOptions, addQueryOptions } from '../options.ts';

export interface ApproveFlags {
  always?: boolean;
}

const REQUEST = [['<id>', 'Its id, as approvals list shows it']] as const;

/** `openclaw approvals …`: what agents ask permission for. */
export function addApprovalsCommands(program: Command, run: Run): void {
  const approvals = acceptQueryOptions(
    addGroup(program, 'approvals', 'Decide about what agents ask permission for'),
  );
  withExamples(approvals, [['openclaw approvals list', 'See what waits for you.']]);
  addQueryOptions(addLeaf(approvals, 'list', 'List what waits for a decision')).action(
    run(() => import('../actions/approvals.ts').then((module) => module.approvalsList)),
  );
  const approve = addLeaf(approvals, 'approve', 'Allow it, once', REQUEST).option(
    '--always',
    'Allow exactly this from now on',
  );
  addQueryOptions(approve).action(
    run(() => import('../actions/approvals.ts').then((module) => module.approvalsApprove)),
  );
  addQueryOptions(addLeaf(approvals, 'deny', 'Deny it', REQUEST)).action(
    run(() => import('../actions/approvals.ts').then((module) => module.approvalsDeny)),
  );
}
