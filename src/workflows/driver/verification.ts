import { z } from 'zod';
import type { DriverRuleName } from '../../core/driver-state.ts';
import type { Workflow, WorkflowQuestion } from '../../core/workflow.ts';

/** What is asked of the frames of an event that was measured: whether it is seen in them too. */
export const Verification = z.object({ seen: z.enum(['yes', 'no', 'cannot tell']) });

const claims: Readonly<Record<DriverRuleName, string>> = {
  microsleep: "the driver's eyes are closed for longer than a blink",
  sleep: "the driver's eyes stay closed",
  unresponsive: 'the driver does not respond: the eyes stay closed, or look away from the road all the time',
  drowsiness: 'the driver is drowsy: the eyes are closed or nearly so in many of the frames',
  long_distraction: 'the driver looks away from the road',
  repeated_distraction: 'the driver looks away from the road again and again',
  phone_use: 'the driver holds or uses a phone',
  yawn: 'the driver yawns',
  no_driver: 'no driver is to be seen',
  camera_obstructed: 'the camera is covered or sees nothing',
  camera_degraded: 'the picture is too dark or too bright to see the driver',
  lockout: 'the driver is asleep, unresponsive or not attending to the road',
};

/** The question for events of one rule. The claim is put as one to be doubted: models tend to agree with what they are told. */
export function verificationOf(rule: DriverRuleName): WorkflowQuestion {
  return {
    id: `verify_${rule}`,
    ask:
      `Alert verification. An alert says that over these frames ${claims[rule]}. Alerts are wrong now and then. ` +
      'Look at the frames themselves: do you see it too? Say no where they show otherwise, and cannot tell where they do not show it clearly.',
    answer: Verification,
    needs: [],
    given: undefined,
    withoutNeeds: 'ask',
    frames: undefined,
    maxTokens: undefined,
  };
}

/** A workflow that asks nothing but this, with the words that `workflow` begins with. */
export function verifying(workflow: Workflow, rule: DriverRuleName): Workflow {
  return { ...workflow, questions: [verificationOf(rule)], events: [] };
}
