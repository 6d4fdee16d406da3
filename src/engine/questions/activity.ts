import type { Effort } from '../../llm/model.ts';
import type { QuestionsEvent } from './events.ts';

/** Tells of an answer's requests: each is an activity, and each time between them one of waiting. */
export function tellRequests(
  emit: (event: QuestionsEvent) => void,
  window: number,
  name: string,
  since: number,
  { requests }: Effort,
): void {
  let free = since;
  for (const { startMs, endMs } of requests) {
    emit({ type: 'activity', activity: { stage: 'wait', name, window, startMs: free, endMs: startMs } });
    emit({ type: 'activity', activity: { stage: 'ask', name, window, startMs, endMs } });
    free = endMs;
  }
}
