import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { defaultDriverRules } from './rules.ts';
import { conclude, momentsOf, told, type Act } from './script.fixture.ts';

const attentive = (seconds: number): Act => ({ seconds });
const shut = (seconds: number): Act => ({ seconds, eyes: 0 });
const aside = (seconds: number): Act => ({ seconds, gazeYaw: 40 });
const around = (act: Act): Act[] => [attentive(5), act, attentive(5)];

describe('eyes closed', () => {
  const cases: readonly [name: string, seconds: number, expected: readonly string[]][] = [
    ['a blink is nothing', 0.3, []],
    ['just under a second is no microsleep', 0.9, []],
    ['one second is a microsleep', 1, ['microsleep 5–6']],
    ['just over a second is one', 1.1, ['microsleep 5–6.1']],
    ['three seconds are still one', 3, ['microsleep 5–8']],
    ['just over three seconds are sleep, and no microsleep beside it', 3.1, ['sleep 5–8.1']],
    ['just under six seconds are no more', 5.9, ['sleep 5–10.9']],
    ['six seconds are unresponsive', 6, ['sleep 5–11', 'unresponsive 5–11']],
  ];
  for (const [name, seconds, expected] of cases) {
    test(name, () => assert.deepEqual(told(conclude(around(shut(seconds)))), expected));
  }

  test('a fifth of the opening is closed, just over it is not', () => {
    assert.deepEqual(told(conclude(around({ seconds: 2, eyes: 0.199 }))), ['microsleep 5–7']);
    assert.deepEqual(told(conclude(around({ seconds: 2, eyes: 0.201 }))), []);
  });

  test('a lid that quivers below the upper threshold does not cut a closure, one above it does', () => {
    const quivering = (eyes: number): Act[] => [attentive(5), shut(1), { seconds: 0.2, eyes }, shut(1), attentive(5)];
    assert.deepEqual(told(conclude(quivering(0.34))), ['microsleep 5–7.2']);
    assert.deepEqual(told(conclude(quivering(0.36))), ['microsleep 5–6', 'microsleep 6.2–7.2']);
  });

  test('lids that stay above what goes on as a closure end it where they were last shut', () => {
    const staying = (eyes: number): Act[] => [attentive(5), shut(0.7), { seconds: 2, eyes }, attentive(5)];
    assert.deepEqual(told(conclude(staying(0.249))), ['microsleep 5–7.7']);
    assert.deepEqual(told(conclude(staying(0.251))), []);
    const closed = conclude(staying(0.251)).spans.filter(({ state }) => state === 'eyes_closed');
    assert.deepEqual(
      closed.map(({ start, end }) => [start, end]),
      [[5, 5.6]],
    );
  });

  test('a stay there up to what is lived through does not cut a closure, a longer one does', () => {
    const between = (seconds: number): Act[] => [attentive(5), shut(1), { seconds, eyes: 0.3 }, shut(1), attentive(5)];
    assert.deepEqual(told(conclude(between(0.3))), ['microsleep 5–7.3']);
    assert.deepEqual(told(conclude(between(0.4))), ['microsleep 6.4–7.4']);
    assert.deepEqual(told(conclude(between(0.4), { bridgeSeconds: 0.4 })), ['microsleep 5–7.4']);
  });

  test('a glance at the lap after a blink is no closure, and none that a lowered head goes on with', () => {
    const lap: Act = { seconds: 2, eyes: 0.3 };
    const closed = (acts: Act[]): number => conclude(acts).spans.filter(({ state }) => state === 'eyes_closed').length;
    assert.equal(closed([attentive(5), shut(0.3), lap, attentive(5)]), 0);
    assert.equal(closed([attentive(5), shut(0.3), lap, { seconds: 2, eyes: 0, pitch: -25 }, attentive(5)]), 0);
  });

  test('one lost face does not cut a closure, a longer loss ends it where it was last seen', () => {
    const lost = (seconds: number): Act[] => [attentive(5), shut(1), { seconds, face: false }, shut(1), attentive(5)];
    assert.deepEqual(told(conclude(lost(0.2))), ['microsleep 5–7.2']);
    assert.deepEqual(told(conclude(lost(1))), ['microsleep 7–8']);
  });

  test('what is not seen any more makes no closure unresponsive', () => {
    const acts = [attentive(5), shut(5.9), { seconds: 1, face: false } as const, attentive(5), aside(1), attentive(5)];
    assert.deepEqual(told(conclude(acts)), ['sleep 5–10.8']);
  });

  test('dropped frames: a measurement holds for half a second, then nothing is known', () => {
    const gap = (seconds: number): Act[] => [attentive(5), shut(1), { seconds, dropped: true }, shut(1), attentive(5)];
    assert.deepEqual(told(conclude(gap(0.3))), ['microsleep 5–7.3']);
    const { events, spans } = conclude(gap(2));
    assert.deepEqual(
      events.map(({ rule }) => rule),
      ['microsleep', 'microsleep'],
    );
    const unknown = spans.filter(({ state }) => state === 'not_measurable');
    assert.deepEqual(
      unknown.map(({ start, end, reason }) => [start, end, reason]),
      [[6, 8, 'no_frames']],
    );
  });

  test('time is the frames’ own: a variable frame rate changes nothing but the rounding to frames', () => {
    const steps = [0.04, 0.2, 0.033, 0.1, 0.15];
    const [event] = conclude(around(shut(4)), {}, steps).events;
    assert.equal(event?.rule, 'sleep');
    assert.ok(Math.abs(event.start - 5) <= 0.2 && Math.abs(event.end - 9) <= 0.2, JSON.stringify(event));
    assert.deepEqual(told(conclude(around(shut(0.7)), {}, steps)), []);
  });

  test('at one measurement a second a long closure is still found', () => {
    assert.deepEqual(told(conclude(around(shut(4)), {}, [1])), ['sleep 5–9']);
  });

  test('lids that sink with a lowered head are not called shut, those shut before are', () => {
    const reading: Act = { seconds: 2, eyes: 0, pitch: -25 };
    const closed = (acts: Act[]): number => conclude(acts).spans.filter(({ state }) => state === 'eyes_closed').length;
    assert.equal(closed([attentive(5), { seconds: 0.5, pitch: -25 }, reading, attentive(5)]), 0);
    assert.equal(closed([attentive(5), shut(0.5), reading, attentive(5)]), 1);
    // On the way down they sink before the head is low enough to count.
    assert.equal(closed([attentive(5), { seconds: 0.2, eyes: 0, pitch: -12 }, reading, attentive(5)]), 0);
  });

  test('eyes of which too little is seen are not measurable, and not open', () => {
    const { spans, events } = conclude(around({ seconds: 4, eyes: 0, eyeConfidence: 0.39 }));
    assert.deepEqual(events, []);
    assert.deepEqual(
      spans.map(({ state, start, end, reason }) => [state, start, end, reason]),
      [
        ['eyes_on_road', 0, 4.9, undefined],
        ['not_measurable', 5, 9, 'eyes_hidden'],
        ['eyes_on_road', 9, 14, undefined],
      ],
    );
    assert.deepEqual(told(conclude(around({ seconds: 4, eyes: 0, eyeConfidence: 0.41 }))), ['sleep 5–9']);
  });

  test('blinks are counted', () => {
    const blinks = Array.from({ length: 12 }, () => [attentive(4.8), shut(0.2)]).flat();
    const { blinks: found, moments } = conclude([...blinks, ...blinks, attentive(0.3)]);
    assert.equal(found.length, 24);
    assert.equal(moments.at(-1)?.blinksPerMinute, 12);
  });
});

describe('PERCLOS', () => {
  /** Ten-second rounds with the eyes closed in blinks of half a second, for this share of the time. */
  const drowsy = (share: number, rounds: number): Act[] =>
    Array.from({ length: rounds }, () => {
      const blinks = Math.round((share * 10) / 0.5);
      const open = (10 - blinks * 0.5) / blinks;
      return Array.from({ length: blinks }, () => [shut(0.5), attentive(open)]).flat();
    }).flat();

  test('15 % of a minute is drowsiness, 10 % is not', () => {
    const at = conclude(drowsy(0.15, 12), {}, [0.05]);
    assert.deepEqual(
      at.events.map(({ rule }) => rule),
      ['drowsiness'],
    );
    assert.ok(Math.abs(at.moments.at(-1)!.perclos! - 0.15) < 0.02);
    assert.deepEqual(told(conclude(drowsy(0.1, 12), {}, [0.05])), []);
  });

  test('the threshold itself: at it there is an event, just over it there is none', () => {
    const acts = [attentive(54), ...Array.from({ length: 6 }, () => [shut(0.5), attentive(0.5)]).flat()];
    assert.equal(conclude(acts, { drowsyPerclos: 0.05, awakePerclos: 0.01 }).events.length, 1);
    assert.equal(conclude(acts, { drowsyPerclos: 0.051, awakePerclos: 0.01 }).events.length, 0);
  });

  test('nothing is given before half a minute was measured, nor where the eyes were hidden for most of it', () => {
    assert.equal(conclude([attentive(29.9)]).moments.at(-1)?.perclos, undefined);
    assert.equal(conclude([attentive(30.2)]).moments.at(-1)?.perclos, 0);
    const hidden = conclude([attentive(60), { seconds: 40, eyeConfidence: 0 }]);
    assert.equal(hidden.moments.at(-1)?.perclos, undefined);
  });

  test('ends by hysteresis, below the lower threshold only', () => {
    const acts = [...drowsy(0.2, 8), attentive(120)];
    const [event] = conclude(acts, {}, [0.05]).events;
    assert.equal(event?.rule, 'drowsiness');
    // From 20 % it falls to 10 % when half of the minute lies behind the last closure, at 78 s.
    assert.ok(Math.abs(event.end - 109) < 2, `${event.end}`);
  });
});

describe('gaze off the road', () => {
  const cases: readonly [name: string, seconds: number, expected: readonly string[]][] = [
    ['just under three seconds is nothing', 2.9, []],
    ['three seconds are a long distraction', 3, ['long_distraction 5–8']],
    ['just under six are no more', 5.9, ['long_distraction 5–10.9']],
    ['six are unresponsive', 6, ['long_distraction 5–11', 'unresponsive 5–11']],
  ];
  for (const [name, seconds, expected] of cases) {
    test(name, () => assert.deepEqual(told(conclude(around(aside(seconds)))), expected));
  }

  test('begins at the angle, not just under it', () => {
    assert.deepEqual(told(conclude(around({ seconds: 4, gazeYaw: 23.1 }))), ['long_distraction 5–9']);
    assert.deepEqual(told(conclude(around({ seconds: 4, gazeYaw: 22.9 }))), []);
  });

  test('a turned head counts where its eyes are not seen', () => {
    const turned = (yaw: number): Act => ({ seconds: 4, yaw, eyeConfidence: 0.1 });
    assert.deepEqual(told(conclude(around(turned(31)))), ['long_distraction 5–9']);
    assert.deepEqual(told(conclude(around(turned(29)))), []);
  });

  const glances = (each: number, back: number, count: number): Act[] => [
    attentive(5),
    ...Array.from({ length: count }, () => [aside(each), attentive(back)]).flat(),
    attentive(5),
  ];

  test('VATS: ten seconds in glances within thirty', () => {
    const rules = (acts: Act[]): string[] => conclude(acts).events.map(({ rule }) => rule);
    assert.deepEqual(rules(glances(2, 1, 5)), ['repeated_distraction']);
    assert.deepEqual(rules(glances(1.9, 1, 5)), []);
  });

  test('VATS begins anew after two seconds on the road, and not after just under two', () => {
    const rules = (acts: Act[]): string[] => conclude(acts).events.map(({ rule }) => rule);
    assert.deepEqual(rules(glances(2.5, 2, 8)), []);
    assert.deepEqual(rules(glances(2.5, 1.9, 8)), ['repeated_distraction']);
  });

  test('VATS forgets what lies further back than its window', () => {
    // 1.2 s of every 3.1 s: never more than 12 s in thirty, and never ten with a window of twenty.
    const acts = glances(1.2, 1.9, 12);
    assert.equal(conclude(acts).events.length, 1);
    assert.equal(conclude(acts, { repeatedDistractionWindowSeconds: 20 }).events.length, 0);
  });

  test('unknown time is neither on the road nor off it', () => {
    const acts = [
      attentive(5),
      ...Array.from({ length: 5 }, () => [aside(2), { seconds: 2.5, face: false as const }]).flat(),
    ];
    assert.ok(conclude(acts).events.some(({ rule }) => rule === 'repeated_distraction'));
  });
});

describe('head and mouth', () => {
  const states = (act: Act): string[] => conclude(around(act)).spans.map(({ state }) => state);

  test('nods and turns begin at their angles', () => {
    assert.ok(states({ seconds: 2, pitch: -16 }).includes('head_down'));
    assert.ok(!states({ seconds: 2, pitch: -15.9 }).includes('head_down'));
    assert.ok(states({ seconds: 2, pitch: 16 }).includes('head_up'));
    assert.ok(!states({ seconds: 2, pitch: 15.9 }).includes('head_up'));
    assert.ok(states({ seconds: 2, yaw: -30 }).includes('head_turned'));
    assert.ok(!states({ seconds: 2, yaw: -29.9 }).includes('head_turned'));
  });
});

describe('hands', () => {
  const spansOf = (hand: readonly [number, number]): string[] =>
    conclude([attentive(5), { seconds: 3, hand }, attentive(5)])
      .spans.filter(({ state }) => state === 'hand_near_face')
      .map(({ start, end }) => `${start}–${end}`);

  test('are near the face up to a tenth of its width, seen surely enough', () => {
    assert.deepEqual(spansOf([0.6, 0.1]), ['5–8']);
    assert.deepEqual(spansOf([0.6, 0.11]), []);
    assert.deepEqual(spansOf([0.59, 0]), []);
  });
});

describe('nobody, or nothing to be seen', () => {
  const gone = (seconds: number): Act => ({ seconds, face: false });
  const covered: PictureAct = { contrast: 5, detail: 0.2, brightness: 40 };

  test('no driver after three seconds, and not just before', () => {
    assert.deepEqual(told(conclude(around(gone(3)))), ['no_driver 5–8']);
    assert.deepEqual(told(conclude(around(gone(2.9)))), []);
  });

  test('somebody whose face is not seen is there all the same', () => {
    assert.deepEqual(told(conclude(around({ seconds: 9, face: false, person: 0.3 }))), []);
    assert.deepEqual(told(conclude(around({ seconds: 9, face: false, person: 0.29 }))), ['no_driver 5–14']);
  });

  test('a covered camera is not an empty seat', () => {
    const act = (seconds: number): Act => ({ seconds, face: false, picture: covered });
    assert.deepEqual(told(conclude(around(act(4)))), ['camera_obstructed 5–9']);
    assert.deepEqual(told(conclude(around(act(1.9)))), []);
  });

  test('a dark picture is told of, and one just light enough is not', () => {
    const act = (brightness: number): Act => ({ seconds: 3, picture: { brightness } });
    assert.deepEqual(told(conclude(around(act(19)))), ['camera_degraded 5–8']);
    assert.deepEqual(told(conclude(around(act(20)))), []);
  });

  test('a missing face is never taken for open eyes on the road', () => {
    assert.ok(
      momentsOf([gone(5)]).every(
        ({ eyesClosed, gazeAway, notMeasurable }) =>
          eyesClosed === undefined && gazeAway === undefined && notMeasurable,
      ),
    );
  });
});

type PictureAct = NonNullable<Act['picture']>;

describe('lockout', () => {
  const naps = (count: number): Act[] => Array.from({ length: count }, () => [attentive(5), shut(3.5)]).flat();

  test('after three alarms, and not after two', () => {
    assert.ok(conclude([...naps(3), attentive(5)]).events.some(({ rule }) => rule === 'lockout'));
    assert.ok(!conclude([...naps(2), attentive(5)]).events.some(({ rule }) => rule === 'lockout'));
  });

  test('after half a minute of alarm', () => {
    const acts = (seconds: number): Act[] => [attentive(5), shut(seconds), attentive(5)];
    // Asleep from 3 s on; unresponsive from 6 s on is the same alarm.
    assert.ok(conclude(acts(33)).events.some(({ rule }) => rule === 'lockout'));
    assert.ok(!conclude(acts(32.9)).events.some(({ rule }) => rule === 'lockout'));
  });
});

describe('events', () => {
  test('are numbered by rule and say their figures beside the thresholds', () => {
    const { events } = conclude([...around(shut(2)), ...around(shut(2))]);
    assert.deepEqual(
      events.map(({ id }) => id),
      ['microsleep-1', 'microsleep-2'],
    );
    assert.deepEqual(events[0]?.figures, { seconds: 2, lidsCover: 1 });
    assert.deepEqual(events[0]?.threshold, { seconds: 1, lidsCover: 0.8 });
    assert.match(events[0].source, /^Euro NCAP .* 1 to 3 s/);
    assert.equal(events[0].calibration, 'calibrated');
    assert.equal(events[0]?.raisedAt, 6);
  });

  test('say how far it went, and what of the rule is of a table of one’s own', () => {
    const acts = [
      ...around({ seconds: 4, gazeYaw: 40 }),
      ...around({ seconds: 3, mouth: 0.6 }),
      ...around({ seconds: 6, phone: 0.5 }),
    ];
    const { events } = conclude(acts, { yawnSeconds: 1 });
    assert.deepEqual(
      events.map(({ rule, figures, threshold }) => [rule, figures, threshold]),
      [
        ['long_distraction', { seconds: 4, degrees: 40 }, { seconds: 3, sideways: 23, upOrDown: 18 }],
        ['yawn', { seconds: 3, mouthOpen: 0.6 }, { seconds: 1, mouthOpen: 0.35 }],
        ['phone_use', { seconds: 6, score: 0.5 }, { seconds: 2, score: 0.22 }],
      ],
    );
    assert.match(events[1]!.source, /^own table: yawnSeconds 1; without it, /);
    assert.doesNotMatch(events[0]!.source, /own table/);
  });

  test('what still holds when the video ends is told', () => {
    assert.deepEqual(told(conclude([attentive(5), shut(4)])), ['sleep 5–9']);
  });

  test('replaying gives the same', () => {
    const acts = [...around(shut(4)), ...around(aside(4)), ...around({ seconds: 3, mouth: 0.6 })];
    assert.deepEqual(conclude(acts), conclude(acts));
  });

  test('every rule can be set otherwise', () => {
    assert.deepEqual(told(conclude(around(shut(0.8)), { microsleepSeconds: 0.7 })), ['microsleep 5–5.8']);
    assert.deepEqual(told(conclude(around(aside(2)), { longDistractionSeconds: 1.5 })), ['long_distraction 5–7']);
    assert.ok(Object.keys(defaultDriverRules).length > 30);
  });
});
