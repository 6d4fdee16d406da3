/**
 * Keeps new objects of a process and its threads in the megabyte that V8 begins with. It would double that room whenever
 * enough of them survive, in a long run up to 32 MB twice over for each thread, which is then written over from end to end
 * and never given back. What is made of a frame is a few kilobytes, gone with it: within the noise it costs no CPU time.
 */
export const smallYoungGeneration = '--semi-space-growth-factor=1';
