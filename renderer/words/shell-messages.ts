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
  }),
);
