import pc from 'picocolors';

/**
 * Colours only where somebody looks: picocolors would also colour what a build server pipes into its log. NO_COLOR and
 * FORCE_COLOR are obeyed as everywhere (no-color.org).
 */
function coloursFor(stream: { readonly isTTY?: boolean }): ReturnType<typeof pc.createColors> {
  const { NO_COLOR, FORCE_COLOR } = process.env;
  // A pipe’s isTTY is undefined, for which picocolors would decide by itself.
  return pc.createColors(!NO_COLOR && (Boolean(FORCE_COLOR) || stream.isTTY === true));
}

export const outColours = coloursFor(process.stdout);
export const errorColours = coloursFor(process.stderr);
