import { catalogue } from './catalogue.ts';

/** What `openclaw doctor` says around its findings. */
export const doctorMessages = catalogue(
  {
    healthy: 'Nothing is wrong.',
    dryRun: 'Nothing has been changed. To make these changes: {command}',
    byHand: 'This has to be done by hand.',
    wouldChange: 'It would change:',
    fixed: 'Mended: {text}',
    failed: 'Changed, but it is still there: {text}',
    changed: 'What was changed:',
    undoHint: 'To take it back: {command}',
    write: 'change {path}',
    create: 'create {path}',
    copy: 'keep a copy as {path}',
    remove: 'remove {path}',
    mode: 'mode of {path}: {before} to {after}',
    undone: 'Taken back:',
    nothingToUndo: 'There is nothing to take back.',
  },
  {
    healthy: '一切正常。',
    dryRun: '尚未更改任何内容。要执行这些更改：{command}',
    byHand: '这一项需要手动处理。',
    wouldChange: '将会更改：',
    fixed: '已修复：{text}',
    failed: '已更改，但问题仍然存在：{text}',
    changed: '已更改的内容：',
    undoHint: '要撤销：{command}',
    write: '更改 {path}',
    create: '创建 {path}',
    copy: '保留副本 {path}',
    remove: '删除 {path}',
    mode: '{path} 的权限：{before} 改为 {after}',
    undone: '已撤销：',
    nothingToUndo: '没有可撤销的更改。',
  },
);
