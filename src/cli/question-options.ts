import { Option, type Command } from 'commander';
import { plans } from '../core/observation.ts';
import { devices } from '../core/device.ts';
import { groups } from './run-options.ts';
import { number } from './values.ts';

/** What asking a model takes, in `driver` and in `ask`. */
export function addQuestionOptions(command: Command): Command {
  return command
    .optionsGroup(groups.model)
    .option('--every <seconds>', "a window this often (default: the workflow's, the driver's: 2)", number)
    .option('--window <frames>', "frames of a window, 2–8 (default: the workflow's, the driver's: 4)", number)
    .addOption(new Option('--plan <plan>', 'how questions are asked').choices(['auto', ...plans]))
    .addOption(new Option('--aim <aim>', 'what the plan is chosen for').choices(['latency', 'throughput']))
    .option('--speculate', 'ask dependent questions early where slots are free (default: with --aim latency)')
    .option('--no-speculate', 'do not')
    .option('--speculate-share <0-1>', 'stop that for a while where fewer of them hold lately (default: 0.5)', number)
    .option(
      '--reuse-similar <0-64>',
      'take answers over from a window whose hash differs in at most so many bits',
      number,
    )
    .option('--reuse-at-most <windows>', 'in a row (default: 3)', number)
    .option('--no-adaptive', 'ask every window, also where nothing moves')
    .option('--max-gap <seconds>', 'ask at least this often where nothing moves (default: 10)', number)
    .option('--image-side <pixels>', 'longest side of the pictures (default: what the model takes)', number)
    .option('--jpeg-quality <1-100>', 'default: 85', number)
    .option('--temperature <0-2>', 'default: 0', number)
    .option('--top-k <count>', 'for the model', number)
    .option('--top-p <0-1>', 'for the model', number)
    .option('--num-ctx <tokens>', "the model's context (Ollama)", number)
    .option('--num-predict <tokens>', 'longest answer', number)
    .option('--seed <number>', 'for the model', number)
    .option('--price <in,out>', 'what a million tokens cost, such as 0.15,0.60, or a YAML table by model')
    .option('--max-tokens-total <count>', 'tokens that a run, or all videos of a batch together, may spend', number)
    .option('--max-cost <money>', 'what they may cost, in the currency of --price', number)
    .optionsGroup(groups.server)
    .option('--concurrency <count>', 'questions at once (default: found out)', number)
    .option('--keep-alive <time>', 'how long the server keeps the model loaded, such as 30m (Ollama)')
    .option('--first-token-seconds <seconds>', 'how long the first token may take (default: 300)', number)
    .option('--answer-seconds <seconds>', 'how long an answer may take (default: 600)', number)
    .option('--away-seconds <seconds>', 'how long a server that went away is waited for (default: 300)', number)
    .option('--no-cache', 'take no answers from the cache and keep none')
    .option('--cache-folder <folder>', 'where answers are kept (default: with the user)')
    .option('--cache-megabytes <size>', 'how much room they may take (default: 256)', number)
    .option('--embedded', 'let the embedded model answer where no server does')
    .option('--no-embedded', 'do not, and do not ask')
    .addOption(new Option('--device <name>', 'where an embedded model runs (default: auto)').choices(devices));
}

/** The model and its presets, among the common options. */
export function addModelOptions(command: Command): Command {
  return command
    .option(
      '-m, --model <model>',
      'ollama/NAME[@http://host:port], openai/NAME@http://host:port/v1, ai:PROVIDER/NAME or gguf:MODEL+MMPROJ',
    )
    .addOption(
      new Option('--preset <name>', 'model, image size and frames together').choices(['fast', 'balanced', 'quality']),
    );
}
