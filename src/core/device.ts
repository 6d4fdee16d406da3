/** Where networks may be asked to run (`--device`). `auto`: on the graphics card where one can be used, else the CPU. */
export const devices = ['auto', 'cpu', 'cuda', 'coreml', 'directml'] as const;
export type Device = (typeof devices)[number];

/** Where a network does run. */
export type RunningDevice = Exclude<Device, 'auto'>;
