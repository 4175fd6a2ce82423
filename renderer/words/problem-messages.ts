import { catalogue } from '../../core/messages/catalogue.ts';

/** What to do about an error, by its code. */
export const problemMessages = catalogue(
  () => ({
    unavailable: 'Start the gateway or wait until it is back, then try again.',
    timeout: 'The gateway is busy. Try again.',
    forbidden: 'This connection lacks a permission. Ask whoever runs the gateway.',
    store: 'Check free space and permissions of the state directory.',
    request: 'Change what you have entered and try again.',
    other: 'Try again; Diagnostics says more.',
  }),
  () => ({
    unavailable: '请启动网关或等待其恢复，然后重试。',
    timeout: '网关正忙，请重试。',
    forbidden: '此连接缺少权限，请联系网关的管理者。',
    store: '请检查状态目录的可用空间和权限。',
    request: '请修改输入的内容后重试。',
    other: '请重试；“诊断”中有更多信息。',
  }),
);
