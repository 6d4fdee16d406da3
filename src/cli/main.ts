import packageFacts from '../../package.json' with { type: 'json' };

// Only a first door: says the version and how to ask for more.
if (process.argv.includes('--version')) console.log(packageFacts.version);
else console.log('framesift slides TALK.mp4\nframesift --version\nframesift --help');
