import { catalogue } from '../../core/messages/catalogue.ts';

/** What every view says; under a code of core/protocol/errors.ts the next step. */
export const commonMessages = catalogue(
  () => ({
    copy: 'Copy',
    copied: 'Copied',
    cancel: 'Cancel',
    more: 'Show more',
    none: 'none',
    loading: 'Loading …',
    codeIs: 'Code: {code}',
    UNAVAILABLE: 'Wait until the gateway is connected, then try again.',
    FORBIDDEN: 'This app may not do that here. Do it on the gateway host.',
    INVALID_REQUEST: 'It may have changed in the meantime: look again, then repeat it.',
    CONFIG_CONFLICT: 'The configuration has just been changed by somebody else: look again, then repeat it.',
    CONFIG_INVALID: 'Mend the configuration file first.',
    GATEWAY_TIMEOUT: 'Try again. If it stays like this, look at the overview.',
    otherwise: 'Try again. The log of the gateway says more.',
  }),
  () => ({
    copy: '复制',
    copied: '已复制',
    cancel: '取消',
    more: '显示更多',
    none: '无',
    loading: '正在加载…',
    codeIs: '代码：{code}',
    UNAVAILABLE: '请等网关连接后重试。',
    FORBIDDEN: '此应用在这里没有这项权限，请在网关主机上操作。',
    INVALID_REQUEST: '内容可能已发生变化：请重新查看后再试。',
    CONFIG_CONFLICT: '配置刚被别处修改：请重新查看后再试。',
    CONFIG_INVALID: '请先修复配置文件。',
    GATEWAY_TIMEOUT: '请重试；若仍如此，请查看概览。',
    otherwise: '请重试；网关日志中有更多信息。',
  }),
);
