import { catalogue } from './catalogue.ts';

/** What is said about the address of a gateway that a person has typed. */
export const connectionMessages = catalogue(
  () => ({
    targetInvalid: 'That is no host to reach over SSH: {why}. Write user@host or user@host:port.',
    identityInvalid: 'Give the key file as a full path, or as one that begins with ~/.',
    addressInvalid:
      'That is no address of a gateway. Write wss://gateway.example or ws://127.0.0.1:18789, without user name, query or fragment.',
    addressInsecure:
      'ws:// to that address would send credentials and chats unencrypted. Use wss://, or go over SSH.',
    fingerprintInvalid: 'The fingerprint is no SHA-256 one: it has 64 hexadecimal digits.',
    fingerprintNeedsTls: 'A fingerprint belongs to a wss:// address: ws:// has no certificate.',
    localHasNoEntry: 'The gateway of this computer needs no entry.',
  }),
  () => ({
    targetInvalid: '这不是可通过 SSH 连接的主机：{why}。请写成 user@host 或 user@host:port。',
    identityInvalid: '请填写密钥文件的完整路径，或以 ~/ 开头的路径。',
    addressInvalid:
      '这不是网关地址。请写成 wss://gateway.example 或 ws://127.0.0.1:18789，不含用户名、查询或片段。',
    addressInsecure: '通过 ws:// 连接该地址会以明文发送凭据和聊天内容。请使用 wss://，或通过 SSH 连接。',
    fingerprintInvalid: '这不是 SHA-256 指纹：它由 64 个十六进制数字组成。',
    fingerprintNeedsTls: '指纹只适用于 wss:// 地址：ws:// 没有证书。',
    localHasNoEntry: '本机的网关无需保存。',
  }),
);
