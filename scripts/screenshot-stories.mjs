/** What somebody has said and named, in each language; `turns` are questions and their answers. */
export const STORIES = {
  en: {
    talks: [
      {
        key: 'agent:main:garden',
        label: 'Garden',
        turns: [['When do I sow the beans?', 'After the last frost, when the soil is warmer than 10 °C.']],
      },
      {
        key: 'agent:main:release',
        label: 'Release notes',
        turns: [
          ['Collect what has changed since the last release.', 'Seven changes, two of them for users.'],
        ],
      },
      {
        key: 'agent:main:main',
        label: 'Plans for the week',
        turns: [
          [
            'What should I look at first on Monday?',
            'Three things wait for you:\n\n1. **The backup** has not run since Thursday.\n2. Two pull requests want a review.\n3. The train to Basel is not booked yet.\n\nThe backup is the one that cannot wait.',
          ],
          [
            'How do I see why it did not run?',
            'Ask its timer when it ran last, and read what it said then. Most often the disk is full: then old copies have to go first, and the next run makes a new one.\n\n```sh\nsystemctl --user list-timers backup.timer\njournalctl --user -u backup --since thursday\n```\n\nThe [manual](https://example.com/backup) has the other reasons.',
          ],
        ],
      },
    ],
    paired: 'Work laptop',
    asking: 'Kitchen tablet',
    heard: [
      { name: 'Workshop', host: 'workshop', address: '192.168.1.20' },
      { name: 'Living room', host: 'living-room', address: '192.168.1.31' },
    ],
    saved: [
      { name: 'Office', kind: 'direct', url: 'wss://office.example:18789' },
      { name: 'Attic', kind: 'ssh', target: 'ann@attic.example' },
    ],
  },
  'zh-CN': {
    talks: [
      {
        key: 'agent:main:garden',
        label: '菜园',
        turns: [['什么时候种豆子？', '最后一次霜冻之后，土温高于 10 °C 时。']],
      },
      {
        key: 'agent:main:release',
        label: '发布说明',
        turns: [['整理上次发布以来的变更。', '共七项变更，其中两项与用户有关。']],
      },
      {
        key: 'agent:main:main',
        label: '本周计划',
        turns: [
          [
            '星期一我应该先看什么？',
            '有三件事在等您：\n\n1. **备份**从星期四起就没有运行。\n2. 有两个合并请求等待评审。\n3. 去上海的火车票还没订。\n\n备份不能再拖。',
          ],
          [
            '怎么查它为什么没有运行？',
            '先看定时器上次何时运行，再看当时的日志。最常见的原因是磁盘已满：这时要先删除旧的备份，下次运行会重新生成。如果磁盘还有空间，就看服务本身的报错信息，通常最后几行已经说明了问题出在哪里，并给出对应的处理办法。\n\n```sh\nsystemctl --user list-timers backup.timer\njournalctl --user -u backup --since thursday\n```\n\n其他原因见[手册](https://example.com/backup)。',
          ],
        ],
      },
    ],
    paired: '办公笔记本',
    asking: '厨房平板',
    heard: [
      { name: '工作室', host: 'workshop', address: '192.168.1.20' },
      { name: '客厅', host: 'living-room', address: '192.168.1.31' },
    ],
    saved: [
      { name: '办公室', kind: 'direct', url: 'wss://office.example:18789' },
      { name: '阁楼', kind: 'ssh', target: 'ann@attic.example' },
    ],
  },
};
