import { defineWorkflow } from '../define.ts';
import { Attention, FaceState, GeneralScene, HandPosition, ImpairedDriving } from './questions.ts';

/**
 * A driver seen by a cabin camera. The face states are the model's opinion, not a measurement: vision-language models
 * alone cannot tell a driver's fine state reliably, so no event rests on a single answer.
 */
export const driver = defineWorkflow({
  id: 'driver',
  version: 1,
  title: 'Driver',
  system:
    'You watch a driver through a cabin camera. You see a few frames of about two seconds, in time order. ' +
    'Judge only what is visible in the frames. Where two people are seen, the driver is the one at the wheel. ' +
    'Give a reason of one short line and a confidence from 0 to 100.',
  sample: {
    everySeconds: 2,
    window: 4,
    // On nine labelled clips no window in which anybody moves is below 14 levels, sensor noise alone is below 3:
    // see docs/decisions/adaptive-sampling.md.
    adaptive: { motion: 6, maxGapSeconds: 10 },
  },
  questions: {
    face_state: {
      ask: "What state does the driver's face show over these frames? Look at eyelids, mouth and brow.",
      answer: FaceState,
    },
    attention: {
      ask: 'Where does the driver look, are the eyes open and alert, and how is the head held?',
      answer: Attention,
    },
    hand_position: {
      ask: 'Which hands are on the steering wheel, and what does the driver hold?',
      answer: HandPosition,
    },
    general_scene: {
      ask: "Describe the scene: the driver's position, whether the car moves, light, surroundings, and how many passengers are seen.",
      answer: GeneralScene,
    },
    impaired_driving: {
      ask: 'How much concern is there that this driver is impaired (drowsy, distracted, unwell)? Name the signs that you see.',
      given: "The driver's face was judged {{face_state.state}}, the eyes {{face_state.eyes}}.",
      answer: ImpairedDriving,
      needs: ['face_state'],
      withoutNeeds: 'ask',
    },
  },
  events: {
    drowsy: {
      title: 'Looks drowsy',
      question: 'face_state',
      field: 'state',
      is: ['SLEEPY', 'EXHAUSTED', 'TIRED'],
    },
    eyes_closed: { title: 'Eyes closed', question: 'face_state', field: 'eyes', is: ['closed'], severity: 'alarm' },
    looking_away: {
      title: 'Looks away from the road',
      question: 'attention',
      field: 'looking_at',
      is: ['dashboard', 'phone', 'passenger', 'side', 'down', 'elsewhere'],
    },
    phone_in_hand: { title: 'Phone in hand', question: 'hand_position', field: 'holding', is: ['phone'] },
    hands_off_wheel: { title: 'No hand on the wheel', question: 'hand_position', field: 'on_wheel', is: ['none'] },
    impaired: {
      title: 'Concern: impaired driving',
      question: 'impaired_driving',
      field: 'concern',
      is: ['HIGH'],
      severity: 'alarm',
    },
  },
});
