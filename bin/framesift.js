#!/usr/bin/env node
// Written so that an old Node can still read it and say what is wrong.
var major = parseInt(process.versions.node, 10);
if (major < 24) {
  console.error('framesift needs Node 24 or newer; this is ' + process.version + '. Get it from https://nodejs.org.');
  process.exitCode = 2;
} else {
  var built = new URL('../dist/cli/main.js', import.meta.url);
  var source = new URL('../src/cli/main.ts', import.meta.url);
  void import('node:fs').then(function (fs) {
    // A checkout has no dist and runs the source as it is; an installed package has no src.
    return import((fs.existsSync(source) ? source : built).href);
  });
}
