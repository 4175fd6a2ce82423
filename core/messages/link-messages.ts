import { catalogue } from './catalogue.ts';

/** What is asked before an address that somebody else has written is opened. */
export const linkMessages = catalogue(
  () => ({
    question: 'Open {host} in your browser?',
    caution: 'The address was written by the agent or by another participant of the chat.',
    open: 'Open in browser',
    copy: 'Copy address',
    cancel: 'Cancel',
  }),
  () => ({
    question: '要在浏览器中打开 {host} 吗？',
    caution: '此地址由智能体或聊天中的其他人写下。',
    open: '在浏览器中打开',
    copy: '复制地址',
    cancel: '取消',
  }),
);
