import { z } from 'zod';

/** The answers' own fields; `reason` and `confidence` are added to each. Enums and bounded numbers, because grammars
 * keep only those. */
export const FaceState = z.object({
  state: z.enum(['AWAKE', 'SLEEPY', 'JOYFUL', 'EXHAUSTED', 'TIRED', 'ANGRY', 'NEUTRAL']),
  eyes: z.enum(['open', 'half-closed', 'closed', 'not visible']),
});

export const Attention = z.object({
  looking_at: z.enum(['road', 'mirror', 'dashboard', 'phone', 'passenger', 'side', 'down', 'elsewhere', 'not visible']),
  eyes_open: z.boolean(),
  alert: z.boolean(),
  head: z.enum(['upright', 'tilted', 'nodding', 'turned', 'down', 'not visible']),
});

export const HandPosition = z.object({
  on_wheel: z.enum(['both', 'left', 'right', 'none', 'not visible']),
  holding: z.enum(['nothing', 'phone', 'food', 'drink', 'cigarette', 'other', 'not visible']),
});

export const GeneralScene = z.object({
  driver_position: z.enum(['upright', 'leaning', 'slumped', 'turned', 'not visible']),
  moving: z.enum(['driving', 'standing', 'unclear']),
  light: z.enum(['day', 'dusk', 'night', 'tunnel', 'infra-red']),
  passengers: z.int().min(0).max(6),
  surroundings: z.enum(['city', 'highway', 'country road', 'parking', 'not visible']),
});

export const ImpairedDriving = z.object({
  concern: z.enum(['LOW', 'MODERATE', 'HIGH']),
  signs: z
    .array(z.enum(['eyes closing', 'yawning', 'head nodding', 'slow reaction', 'distraction', 'erratic', 'phone use']))
    .max(4),
});
