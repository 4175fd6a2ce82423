import { catalogue } from './catalogue.ts';

/** How a service differs from the configuration, by the code of the finding. What helps is `gateway install --force`. */
export const serviceDriftMessages = catalogue(
  () => ({
    SERVICE_COMMAND_UNKNOWN: 'The service does not start a gateway.',
    SERVICE_PROGRAM_GONE: 'The program that the service starts is gone: {path}',
    SERVICE_FILE_GONE: 'The service needs a file of variables that cannot be read: {path}',
    SERVICE_PROGRAM_VERSIONED: 'The service depends on one version of Node: {path}',
    SERVICE_PROGRAM_TEMPORARY: 'The service starts a program in a temporary place: {path}',
    SERVICE_STATE_DIFFERS: 'The service uses {service}, this command {here}',
    SERVICE_PORT_DIFFERS: 'The service listens on port {service}, the configuration says {config}.',
    SERVICE_TOKEN_EMBEDDED:
      'The service holds a token of its own ({name}); it counts more than the configuration.',
    SERVICE_PASSWORD_EMBEDDED: 'The service holds a password of its own ({name}).',
    SERVICE_TOKEN_DIFFERS: 'The token in the service ({name}) is not the one of {path}.',
    SERVICE_TOKEN_UNRESOLVED: '{path} cannot be resolved for the service: {reason}',
    SERVICE_DISABLED: 'The service does not start by itself at log-in.',
  }),
  () => ({
    SERVICE_COMMAND_UNKNOWN: '这个服务启动的不是网关。',
    SERVICE_PROGRAM_GONE: '服务要启动的程序已不存在：{path}',
    SERVICE_FILE_GONE: '服务需要的变量文件无法读取：{path}',
    SERVICE_PROGRAM_VERSIONED: '服务依赖某一个 Node 版本：{path}',
    SERVICE_PROGRAM_TEMPORARY: '服务启动的程序位于临时位置：{path}',
    SERVICE_STATE_DIFFERS: '服务使用 {service}，本命令使用 {here}',
    SERVICE_PORT_DIFFERS: '服务监听端口 {service}，配置中是 {config}。',
    SERVICE_TOKEN_EMBEDDED: '服务中写有自己的令牌（{name}）；它优先于配置。',
    SERVICE_PASSWORD_EMBEDDED: '服务中写有自己的密码（{name}）。',
    SERVICE_TOKEN_DIFFERS: '服务中的令牌（{name}）与 {path} 不一致。',
    SERVICE_TOKEN_UNRESOLVED: '服务无法解析 {path}：{reason}',
    SERVICE_DISABLED: '服务不会在登录时自动启动。',
  }),
);
