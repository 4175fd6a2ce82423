import { catalogue } from '../../core/messages/catalogue.ts';

/** The frame around the views; a view is named by its key. */
export const shellMessages = catalogue(
  () => ({
    navigation: 'Views',
    overview: 'Overview',
    connections: 'Connections',
    pairing: 'Pairing',
    chat: 'Chat',
    sessions: 'Sessions',
    logs: 'Logs',
    config: 'Config',
    diagnostics: 'Diagnostics',
    about: 'About',
    actions: 'Actions',
    broken: 'This part cannot be shown: the gateway has answered in a way that the app does not understand.',
    brokenStep: 'Look whether gateway and app have the same version, then try again.',
    retry: 'Try again',
  }),
  () => ({
    navigation: '视图',
    overview: '概览',
    connections: '连接',
    pairing: '配对',
    chat: '聊天',
    sessions: '会话',
    logs: '日志',
    config: '配置',
    diagnostics: '诊断',
    about: '关于',
    actions: '操作',
    broken: '无法显示此部分：应用无法理解网关的答复。',
    brokenStep: '请检查网关与应用的版本是否一致，然后重试。',
    retry: '重试',
  }),
);
