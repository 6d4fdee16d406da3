import { basename } from 'node:path';

/** Text of somebody else's on one line: a file's name or a model's words must not drive the terminal. */
// oxlint-disable-next-line no-control-regex -- these are what is taken out
export const plainText = (text: string): string => text.replaceAll(/[\u0000-\u001f\u007f-\u009f]+/g, ' ');

/** A video's name for people. */
export const nameOf = (path: string): string => plainText(basename(path));
