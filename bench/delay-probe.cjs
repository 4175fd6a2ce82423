/** Loaded into a measured process: tells the p99 of its event loop's delay since it was reset, in milliseconds. */
const { monitorEventLoopDelay } = require('node:perf_hooks');

const delay = monitorEventLoopDelay({ resolution: 1 });
delay.enable();
process.on('message', (message) => {
  if (message === 'reset') delay.reset();
  if (message === 'measure') process.send({ p99: delay.percentile(99) / 1e6 });
});
