import { describe, expect, it } from 'vitest';
import { RpcError } from '../core/protocol/errors.ts';
import { AppError, messageIn } from './app-error.ts';

describe('why something was not done', () => {
  it('is said in the language of the app, whether the app or a gateway of ours has refused it', () => {
    const own = new AppError('UNAVAILABLE', (say) => say('noGateway'));
    const unknown = new RpcError('INVALID_REQUEST', 'unknown deviceId');
    expect([own, unknown].map((error) => messageIn(error, 'en'))).toEqual([
      'No gateway is connected.',
      'unknown deviceId',
    ]);
    expect([own, unknown].map((error) => messageIn(error, 'zh-CN'))).toEqual([
      '没有连接网关。',
      '未知的设备 id',
    ]);
  });

  it('stays as it is where the words are of somebody else', () => {
    expect(messageIn(new Error('Quota of the moon exceeded'), 'zh-CN')).toBe('Quota of the moon exceeded');
  });
});
