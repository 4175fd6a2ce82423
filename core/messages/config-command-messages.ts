import { catalogue } from './catalogue.ts';

/** What `openclaw config` says when it has done what it was asked. */
export const configCommandMessages = catalogue(
  () => ({
    set: 'Set {path} in {file}.',
    setAlready: '{path} is set to that already in {file}.',
    removed: 'Removed {path} in {file}.',
    notSet: '{path} is not set in {file}.',
    default: '(default)',
    valid: '{file} is valid.',
    validForRemote: '{file} is valid for asking a gateway elsewhere.',
    wouldNotStart: 'Warning: a gateway would not start with this configuration:',
  }),
  () => ({
    set: '已在 {file} 中设置 {path}。',
    setAlready: '{file} 中的 {path} 已是该值。',
    removed: '已从 {file} 中删除 {path}。',
    notSet: '{file} 中没有设置 {path}。',
    default: '（默认值）',
    valid: '{file} 有效。',
    validForRemote: '{file} 有效，可用于连接其他主机上的网关。',
    wouldNotStart: '警告：网关无法使用这份配置启动：',
  }),
);
