import { catalogue } from '../../core/messages/catalogue.ts';

/** Roles and scopes in plain words, under their own names. */
export const scopeMessages = catalogue(
  () => ({
    operator: 'Operator: uses and controls the gateway',
    node: 'Node: lends the gateway its own abilities',
    'operator.read': 'Read sessions, messages and status',
    'operator.write': 'Write messages and talk to agents',
    'operator.admin': 'Everything: change the configuration, delete, restart',
    'operator.approvals': 'Decide which commands agents may run',
    'operator.pairing': 'Let devices in and put them out',
    'operator.questions': 'Answer questions of agents',
    'operator.talk': 'Talk by voice',
    'operator.talk.secrets': 'See the secrets of voice services',
    'operator.sessions.read': 'Read sessions only',
    'operator.sessions.write': 'Write to sessions only',
  }),
  () => ({
    operator: '操作者：使用并控制网关',
    node: '节点：把自身能力提供给网关',
    'operator.read': '读取会话、消息和状态',
    'operator.write': '发送消息并与智能体对话',
    'operator.admin': '全部权限：更改配置、删除、重启',
    'operator.approvals': '决定智能体可以运行哪些命令',
    'operator.pairing': '批准和移除设备',
    'operator.questions': '回答智能体的问题',
    'operator.talk': '语音对话',
    'operator.talk.secrets': '查看语音服务的密钥',
    'operator.sessions.read': '仅读取会话',
    'operator.sessions.write': '仅写入会话',
  }),
);
