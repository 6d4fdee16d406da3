#!/usr/bin/env node
// Written so that an old Node can still read it and say what is wrong.
var major = parseInt(process.versions.node, 10);
if (major < 24) {
  console.error('framesift needs Node 24 or newer; this is ' + process.version + '. Get it from https://nodejs.org.');
  process.exitCode = 2;
} else {
  var built = new URL('../dist/cli/main.js', import.meta.url);
  var source = new URL('../src/cli/main.ts', import.meta.url);
  void Promise.all([import('node:fs'), import('node:module')]).then(function (modules) {
    // What was compiled is kept for the next time, and for the processes started from here: they begin twice as soon.
    modules[1].enableCompileCache();
    if (modules[1].getCompileCacheDir()) process.env.NODE_COMPILE_CACHE = modules[1].getCompileCacheDir();
    // A checkout has no dist and runs the source as it is; an installed package has no src.
    return import((modules[0].existsSync(source) ? source : built).href);
  });
}
