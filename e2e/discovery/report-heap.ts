import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

// Preloaded into a program under test: at SIGPWR it says how many bytes its heap holds once nothing more can be freed.
setFlagsFromString('--expose-gc');
const collect: () => void = runInNewContext('gc');

process.on('SIGPWR', () => {
  // Compiled code is let go only when it has not run for some collections.
  for (let round = 0; round < 8; round += 1) collect();
  const { heapUsed, external } = process.memoryUsage();
  console.log(`heap: ${heapUsed + external} bytes`);
});
