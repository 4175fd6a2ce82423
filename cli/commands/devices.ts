import type { Command } from 'commander';
import { addGroup, addLeaf, type Run, withExamples } from '../declare.ts';
import { acceptQueryOptions, addQueryOptions } from '../options.ts';

const REQUEST = [['[requestId]', 'Its id; may be left out while exactly one request waits']] as const;
const DEVICE = [['<deviceId>', 'Its id, as devices list shows it']] as const;

/** `openclaw devices …`: who may connect. */
export function addDevicesCommands(program: Command, run: Run): void {
  const devices = acceptQueryOptions(
    addGroup(program, 'devices', 'Pair devices with the gateway, and unpair them'),
  );
  withExamples(devices, [
    ['openclaw devices list', 'See who is paired, and who waits to be.'],
    ['openclaw devices approve', 'Approve the one request that waits.'],
  ]);
  addRequestCommands(devices, run);
  addTokenCommands(devices, run);
}

function addRequestCommands(devices: Command, run: Run): void {
  addQueryOptions(addLeaf(devices, 'list', 'List pairing requests and paired devices')).action(
    run(() => import('../actions/devices-list.ts').then((module) => module.devicesList)),
  );
  const approve = addLeaf(devices, 'approve', 'Approve a pairing request', REQUEST);
  approve.option('--scope <scope>', 'Approve only this scope of those asked for, may be repeated', collect);
  addQueryOptions(approve).action(
    run(() => import('../actions/devices-decide.ts').then((module) => module.devicesApprove)),
  );
  withExamples(approve, [
    ['openclaw devices approve', 'Works without an id while exactly one request waits.'],
    ['openclaw devices approve --scope operator.read', 'Give less than was asked for.'],
  ]);
  addQueryOptions(addLeaf(devices, 'reject', 'Reject a pairing request', REQUEST)).action(
    run(() => import('../actions/devices-decide.ts').then((module) => module.devicesReject)),
  );
}

function addTokenCommands(devices: Command, run: Run): void {
  addQueryOptions(addLeaf(devices, 'remove', 'Unpair a device and close its connections', DEVICE)).action(
    run(() => import('../actions/devices-manage.ts').then((module) => module.devicesRemove)),
  );
  const rotate = addLeaf(devices, 'rotate', 'Replace the token of a device', DEVICE)
    .option('--role <role>', 'Role of the token', 'operator')
    .option(
      '--scope <scope>',
      'Scope of the new token, may be repeated (default: those of the old one)',
      collect,
    );
  addQueryOptions(rotate).action(
    run(() => import('../actions/devices-manage.ts').then((module) => module.devicesRotate)),
  );
  const revoke = addLeaf(devices, 'revoke', 'Revoke the token of a device', DEVICE).option(
    '--role <role>',
    'Role of the token',
    'operator',
  );
  addQueryOptions(revoke).action(
    run(() => import('../actions/devices-manage.ts').then((module) => module.devicesRevoke)),
  );
}

/** One value each time: an option that takes several would also take the argument behind it. */
const collect = (value: string, before: string[] = []): string[] => [...before, value];
