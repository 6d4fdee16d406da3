/** `--hwaccel`: what decodes. */
export const hwaccels = ['none', 'auto', 'cuda', 'vaapi', 'videotoolbox'] as const;
export type Hwaccel = (typeof hwaccels)[number];

/** Kinds of hardware that decoding can be handed to, in the order in which `auto` tries them. */
export const hardwareKinds = ['videotoolbox', 'cuda', 'vaapi'] as const satisfies readonly Hwaccel[];
export type HardwareKind = (typeof hardwareKinds)[number];
