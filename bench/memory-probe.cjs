/** Preloaded into a measured server: answers each message of its parent with what it uses after a collection. */
process.on('message', () => {
  globalThis.gc();
  globalThis.gc();
  process.send(process.memoryUsage());
});
process.channel.unref();
