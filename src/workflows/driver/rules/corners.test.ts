import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { concludeDriver } from './conclude.ts';
import { defaultDriverRules, type DriverRules } from './rules.ts';
import { calibrated, conclude, perform, secondsOf, told, type Act } from './script.fixture.ts';

const attentive = (seconds: number): Act => ({ seconds });
const shut = (seconds: number): Act => ({ seconds, eyes: 0 });
const aside = (seconds: number): Act => ({ seconds, gazeYaw: 40 });
const lost = (seconds: number): Act => ({ seconds, face: false });
const missing = (seconds: number): Act => ({ seconds, dropped: true });
const blink = shut(0.4);

/** A script that is part of a longer video and begins there at `from`, as with `--from`. */
function partFrom(from: number, acts: readonly Act[], rules: Partial<DriverRules> = {}, steps?: readonly number[]) {
  const measurements = perform(acts, steps).map((each) => ({ ...each, timeSeconds: each.timeSeconds + from }));
  return concludeDriver(measurements, from + secondsOf(acts), { ...defaultDriverRules, ...rules }, calibrated);
}

describe('nothing is concluded from what was not seen', () => {
  const before = (act: Act, then: Act): string[] => told(conclude([attentive(5), act, then, attentive(5)]));
  const cases: readonly [name: string, enough: Act, tooLittle: Act][] = [
    ['microsleep', shut(1.1), shut(1)],
    ['long_distraction', aside(3.1), aside(3)],
    ['yawn', { seconds: 2.1, mouth: 0.6 }, { seconds: 2, mouth: 0.6 }],
  ];
  for (const [rule, enough, tooLittle] of cases) {
    // The last frame of a state is 0.1 s before its end.
    test(`${rule}: the time after the last sight of it does not count, be the face lost or the frames missing`, () => {
      for (const gap of [lost(2), missing(2)]) {
        assert.deepEqual(before(tooLittle, gap), gap.dropped ? [`${rule} 5–${5 + tooLittle.seconds}`] : []);
        assert.equal(before(enough, gap).length, 1);
      }
    });
  }

  test('missing frames make no microsleep of a long blink', () => {
    assert.deepEqual(before(shut(0.6), missing(5)), []);
  });

  test('an empty seat on both sides of missing frames is not one long absence', () => {
    assert.deepEqual(told(conclude([attentive(5), lost(2), missing(10), lost(2), attentive(5)])), []);
  });

  test('a face that was away for long comes back unprejudiced', () => {
    const narrow: Act = { seconds: 2, eyes: 0.24 };
    const closures = (gap: Act) =>
      conclude([attentive(5), shut(1), gap, narrow, attentive(5)]).spans.filter(({ state }) => state === 'eyes_closed');
    // Lids that go on with a closure, and begin none, stay what they were over a lost frame or two, and no longer.
    assert.deepEqual(
      closures(lost(0.2)).map(({ start, end }) => [start, end]),
      [[5, 8.2]],
    );
    assert.deepEqual(
      closures(lost(10)).map(({ start, end }) => [start, end]),
      [[5, 5.9]],
    );
  });

  test('in the dark nobody can be missed', () => {
    const dark: Act = { seconds: 5, face: false, picture: { brightness: 10 } };
    assert.deepEqual(told(conclude([attentive(5), dark, attentive(5)])), ['camera_degraded 5–10']);
  });
});

describe('blinks', () => {
  test('do not cut a distraction in two, longer closures do', () => {
    const away = (between: Act): string[] => told(conclude([attentive(5), aside(2), between, aside(2), attentive(5)]));
    assert.deepEqual(away(blink), ['long_distraction 5–9.4']);
    assert.deepEqual(away(shut(0.8)), []);
  });

  test('do not keep the glances from being forgotten, and are no look at the road themselves', () => {
    const glances = (back: readonly Act[], count = 5): string[] =>
      conclude([
        attentive(5),
        ...Array.from({ length: count }, () => [aside(2.5), ...back]).flat(),
        attentive(5),
      ]).events.map(({ rule }) => rule);
    assert.deepEqual(glances([attentive(1.2), blink, attentive(0.8)]), []);
    assert.deepEqual(glances([attentive(1.2), blink, attentive(0.7)]), ['repeated_distraction']);
    // Closed for longer, it is not known where the driver would look.
    assert.deepEqual(glances([attentive(1.2), shut(0.8), attentive(0.8)]), ['repeated_distraction']);
  });

  test('make no several glances of one', () => {
    const events = conclude([attentive(5), aside(5), blink, aside(5.4), attentive(5)]).events;
    assert.deepEqual(
      events.map(({ rule }) => rule),
      ['long_distraction', 'unresponsive'],
    );
  });

  test('have no rate before half a minute of eyes was seen, wherever in the video that is', () => {
    const rounds = Array.from({ length: 12 }, () => [attentive(4.8), shut(0.2)]).flat();
    const { moments } = partFrom(600, [...rounds, attentive(0.1)]);
    assert.ok([...moments].slice(0, 290).every(({ blinksPerMinute }) => blinksPerMinute === undefined));
    assert.equal(moments.at(-1)?.blinksPerMinute, 12);
    assert.equal(conclude([attentive(20), lost(60)]).moments.at(-1)?.blinksPerMinute, undefined);
  });

  test('have a rate of the time in which they could be seen', () => {
    const rounds = Array.from({ length: 12 }, () => [attentive(2.3), shut(0.2)]).flat();
    // Twelve in 30 s, while for the other half of the minute the eyes were hidden.
    const { moments } = conclude([...rounds, { seconds: 29.9, eyeConfidence: 0 }]);
    assert.equal(Math.round(moments.at(-1)!.blinksPerMinute!), 24);
  });

  test('have none where frames are further apart than a blink is long', () => {
    assert.equal(conclude([attentive(120)], {}, [1]).moments.at(-1)?.blinksPerMinute, undefined);
  });
});

describe('one frame a second', () => {
  test('shut eyes or an averted gaze in a single frame are no event', () => {
    assert.deepEqual(told(conclude([attentive(5), shut(1), attentive(5)], {}, [1])), []);
    assert.deepEqual(told(conclude([attentive(5), shut(2), attentive(5)], {}, [1])), ['microsleep 5–7']);
    // Every five seconds, one frame would be a distraction of five.
    assert.deepEqual(told(conclude([attentive(20), aside(5), attentive(20)], {}, [5])), []);
  });

  test('three seconds off the road are a distraction, two are not', () => {
    assert.deepEqual(told(conclude([attentive(5), aside(3), attentive(5)], {}, [1])), ['long_distraction 5–8']);
    assert.deepEqual(told(conclude([attentive(5), aside(2), attentive(5)], {}, [1])), []);
  });
});

describe('a part of a video', () => {
  test('begins where it begins: nothing is said of the time before it', () => {
    const drowsy = Array.from({ length: 80 }, () => [attentive(0.8), shut(0.4)]).flat();
    const { events } = partFrom(600, drowsy, {}, [0.05]);
    assert.deepEqual(
      events.map(({ rule }) => rule),
      ['drowsiness'],
    );
    assert.ok(events[0]!.start >= 600, `${events[0]!.start}`);
  });

  test('gives what the same frames give at the beginning, so much later', () => {
    const acts = [attentive(5), shut(4), attentive(5), aside(7), attentive(5), lost(4), attentive(5)];
    const shifted = partFrom(1000, acts).events.map(({ start, ...rest }) => ({ ...rest, start: start - 1000 }));
    assert.deepEqual(
      shifted.map(({ rule, start }) => `${rule} ${start}`),
      conclude(acts).events.map(({ rule, start }) => `${rule} ${start}`),
    );
  });
});

describe('unresponsive', () => {
  const off = (acts: readonly Act[]): string[] =>
    told(conclude([attentive(5), ...acts, attentive(5)])).filter((each) => each.startsWith('unresponsive'));

  test('eyes away and then closed are away from the road all the same', () => {
    assert.deepEqual(off([aside(3), shut(3)]), ['unresponsive 5–11']);
    assert.deepEqual(off([aside(3), shut(2.9)]), []);
    assert.deepEqual(off([shut(2), aside(4)]), ['unresponsive 5–11']);
  });

  test('a look at the road between them ends it', () => {
    assert.deepEqual(off([aside(4), attentive(0.1), shut(4)]), []);
  });
});

describe('a video that begins or ends in the middle of something', () => {
  test('shut eyes from the first frame on are a closure', () => {
    assert.deepEqual(told(conclude([shut(4), attentive(5)])), ['sleep 0–4']);
    assert.deepEqual(told(conclude([shut(0.9), attentive(5)])), []);
  });

  test('a video of one frame gives states of no length and no event', () => {
    for (const act of [shut(0.1), aside(0.1), lost(0.1)]) {
      const { events, spans, moments } = conclude([act]);
      assert.deepEqual([events, spans, moments.length], [[], [], 1]);
    }
  });

  test('a face never seen is an absence, and nothing else', () => {
    const { events, spans } = conclude([lost(30)]);
    assert.deepEqual(
      events.map(({ rule, start, end }) => [rule, start, end]),
      [['no_driver', 0, 30]],
    );
    assert.deepEqual(
      spans.map(({ state, reason }) => [state, reason]),
      [['not_measurable', 'no_face']],
    );
  });

  test('nothing measured at all gives nothing', () => {
    const { events, spans, blinks } = concludeDriver([], 0, defaultDriverRules);
    assert.deepEqual([events, spans, blinks], [[], [], []]);
  });
});

describe('alarms of one incident', () => {
  test('are one: sleep that turns unresponsive is not two on the way to a lockout', () => {
    const lockouts = (count: number): number =>
      conclude(Array.from({ length: count }, () => [attentive(5), shut(7)]).flat()).events.filter(
        ({ rule }) => rule === 'lockout',
      ).length;
    assert.equal(lockouts(2), 0);
    assert.equal(lockouts(3), 1);
  });
});

describe('confidence', () => {
  test('is that of what was seen, also of events that rest on a tally', () => {
    const glance: Act = { ...aside(2), eyeConfidence: 0.6 };
    const acts = [attentive(5), ...Array.from({ length: 5 }, () => [glance, attentive(1)]).flat(), lost(40)];
    const { events } = conclude(acts);
    const confidence = events.find(({ rule }) => rule === 'repeated_distraction')?.confidence;
    assert.ok(confidence !== undefined && Math.abs(confidence - 0.6) < 0.05, `${confidence}`);
    const drowsy = Array.from({ length: 60 }, (): Act[] => [
      { seconds: 0.8, eyeConfidence: 0.7 },
      { seconds: 0.4, eyes: 0, eyeConfidence: 0.7 },
    ]).flat();
    const [event] = conclude(drowsy, {}, [0.05]).events;
    assert.ok(event && Math.abs(event.confidence - 0.7) < 0.05, `${event?.confidence}`);
  });
});
