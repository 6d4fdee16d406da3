#!/usr/bin/env node
// Written so that an old Node can still read it and say what is wrong.
var major = parseInt(process.versions.node, 10);
if (major < 24)
  refuse('framesift needs Node 24 or newer; this is ' + process.version + '. Get it from https://nodejs.org.');
else {
  var built = new URL('../dist/cli/main.js', import.meta.url);
  var source = new URL('../src/cli/main.ts', import.meta.url);
  void Promise.all([import('node:fs'), import('node:module')]).then(function (modules) {
    var limits = limitsOf(modules[0]);
    // With less, Node itself dies in the middle, without a word.
    if (limits.files < 64) {
      return refuse(
        'Error: this shell allows ' + limits.files + ' open files; framesift needs 64. Allow more: ulimit -n 1024',
      );
    }
    if (limits.bytes < 4 * 1024 * 1024 * 1024) {
      return refuse('Error: this shell allows less than 4 GB of address space. Allow more: ulimit -v unlimited');
    }
    // What was compiled is kept for the next time, and for the processes started from here: they begin twice as soon.
    modules[1].enableCompileCache();
    if (modules[1].getCompileCacheDir()) process.env.NODE_COMPILE_CACHE = modules[1].getCompileCacheDir();
    // A checkout has no dist and runs the source as it is; an installed package has no src.
    return import((modules[0].existsSync(source) ? source : built).href);
  });
}

function refuse(line) {
  console.error(line);
  process.exitCode = 2;
}

/** Linux alone tells them; elsewhere there are none that are known. */
function limitsOf(fs) {
  var text = '';
  try {
    text = fs.readFileSync('/proc/self/limits', 'utf8');
  } catch {
    // Not Linux.
  }
  var files = /^Max open files\s+(\d+)/m.exec(text);
  var bytes = /^Max address space\s+(\d+)/m.exec(text);
  return { files: files ? Number(files[1]) : Infinity, bytes: bytes ? Number(bytes[1]) : Infinity };
}
