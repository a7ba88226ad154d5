// The processor time of this program's own thread. Only newer Nodes tell it themselves; on Linux the kernel does, exactly up to
// now once it has been asked for the whole process's.
const { openSync, readSync } = require("node:fs");

/** Nanoseconds; elsewhere than on Linux those of the whole process. */
exports.threadClock = function threadClock() {
  const ofProcess = () => {
    const { user, system } = process.cpuUsage();
    return (user + system) * 1000;
  };
  const bytes = Buffer.alloc(64);
  let file = -1;
  try {
    file = openSync("/proc/thread-self/schedstat", "r");
  } catch {
    return ofProcess;
  }
  const ofThread = () => {
    ofProcess();
    return Number(bytes.latin1Slice(0, readSync(file, bytes, 0, 64, 0)).split(" ", 1)[0]);
  };
  return ofThread() > 0 ? ofThread : ofProcess;
};
