// Directions that text sets for what comes after it, and the separators that terminals take for ends of lines.
const unseen = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;
// oxlint-disable-next-line no-control-regex -- these are what is taken out
const controls = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g;

/** Text of somebody else's on one line: a file's name or a model's words must drive no terminal and hide nothing. */
export const plainText = (text: string): string => text.replaceAll(unseen, '').replaceAll(controls, ' ');

/** The same with its ends of lines. */
export const plainLines = (text: string): string => text.split(/\r?\n/).map(plainText).join('\n');
