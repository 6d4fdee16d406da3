/**
 * Finds how many questions a server works on at once, by watching its streams.
 *
 * A question whose words are coming has a slot of the server; one that waits for its first word either has its prompt
 * worked on or stands in the server's queue. So the number is raised twofold as soon as every question under way writes
 * and the words still come as fast as they did at half the number. When a question waits longer for its first word than
 * prompts take, while others write, there is a queue: the number is then what was ever seen writing at once,
 * and the questions that wait are asked again later, in their turn. Where less is asked than the number allows, as when
 * measuring is slower than answering, nothing is concluded: few that write say nothing of how many could. Too many is
 * not harmless: a server of llama.cpp's kind gives a freed slot to the next in its queue, and the pictures' prefix that
 * the slot held is lost. An endpoint that refuses (429, 503) halves the number at once and caps it.
 */
export class ConcurrencyFinder {
  #limit: number;
  #most: number;
  /** Never looks: the number is given by the user or told by the server. */
  #given: boolean;
  readonly #fixed: boolean;
  #settled: boolean;
  readonly #underWay = new Set<Watched>();
  /** The longest wait for the first word of a question that surely did not queue, milliseconds. */
  #promptMs = 0;
  /** The most that wrote at once since the search began. */
  #seenWriting = 0;
  /** The last number at which nobody queued for long, and how fast words came. */
  #roomy: { readonly limit: number; readonly speed: number | undefined } | undefined;
  readonly #now: () => number;
  #onMove: () => void = () => {};
  #level: Level;
  #recheckAfter = recheckAfter;

  /**
   * `fixed`: use this many and never change. `told`: what the server says it works on at once. `start`: what an earlier
   * run found, to begin the search with. `now`: milliseconds.
   */
  constructor(
    options: {
      readonly fixed?: number;
      readonly told?: number;
      readonly start?: number;
      readonly most?: number;
      readonly now?: () => number;
    } = {},
  ) {
    this.#now = options.now ?? (() => performance.now());
    this.#level = new Level(this.#now());
    this.#fixed = options.fixed !== undefined;
    this.#given = this.#fixed || options.told !== undefined;
    this.#limit = options.fixed ?? options.told ?? Math.min(options.start ?? startLevel, maxLevel);
    this.#most = options.fixed ?? options.told ?? options.most ?? maxLevel;
    this.#settled = this.#given;
  }

  get limit(): number {
    return this.#limit;
  }

  get settled(): boolean {
    return this.#settled;
  }

  /** Called after each change of the limit. */
  set onMove(listener: () => void) {
    this.#onMove = listener;
  }

  /**
   * A question is sent; tell its words and its end.
   * `recall` is called where it waits in the server's queue and shall wait in ours: it is given up and asked again.
   */
  watch(recall: () => void): Watch {
    const one: Watched = { recall, sentAt: this.#now(), firstAt: undefined, lastAt: 0, queued: false };
    this.#underWay.add(one);
    return {
      word: (letters) => {
        const now = this.#now();
        // Longer than a prompt takes, and only after another answer had ended: it was given that one's slot.
        const queued = one.firstAt === undefined && one.queued && this.#waitsTooLong(one, now);
        if (one.firstAt === undefined) this.#began(one, now);
        this.#look(now, letters, now - Math.max(one.lastAt, this.#level.since), queued);
        one.lastAt = now;
      },
      end: (answered) => {
        const full = this.#isFull;
        if (this.#underWay.delete(one) && answered) this.#ended(full);
      },
      refused: () => this.#refused(),
    };
  }

  #began(one: Watched, now: number): void {
    one.firstAt = one.lastAt = now;
    if (!one.queued) this.#promptMs = Math.max(this.#promptMs, now - one.sentAt);
  }

  /** Whether as many are asked as may be; while it searches, whether more are than it knows to be well. */
  get #isFull(): boolean {
    const known = this.#settled ? undefined : this.#roomy?.limit;
    return this.#underWay.size >= Math.min(this.#limit, (known ?? Infinity) + 1);
  }

  #ended(full: boolean): void {
    // The slot is given to somebody who waits: from now on their first words say nothing of the prompt's time.
    for (const other of this.#underWay) other.queued ||= other.firstAt === undefined;
    if (!full) return;
    this.#level.answerEnded(this.#limit);
    if (this.#settled && !this.#given && this.#level.ended >= this.#recheckAfter * this.#limit) this.#lookAgain();
  }

  #waitsTooLong({ sentAt }: Watched, now: number): boolean {
    return now - Math.max(sentAt, this.#level.since) > queueFactor * this.#promptMs;
  }

  #look(now: number, letters: number, ms: number, queued: boolean): void {
    if (this.#given) return;
    const all = [...this.#underWay];
    const waiting = all.filter(({ firstAt }) => firstAt === undefined);
    const writing = all.length - waiting.length;
    this.#level.writing(writing);
    // Streams slow each other: how fast they are is asked while nearly all of them write.
    if (writing >= nearlyAll * this.#limit) this.#level.wrote(letters, ms);
    if (!this.#isFull) return;
    if (queued || waiting.some((one) => this.#waitsTooLong(one, now))) this.#queueSeen();
    else if (!this.#settled && all.length === this.#limit && this.#hasRoom(waiting.length)) this.#roomSeen();
  }

  /** Everybody writes, or as many answers as there may be under way twice over have ended and nobody queued. */
  #hasRoom(waiting: number): boolean {
    const { words, ended, maxWriting } = this.#level;
    if (waiting === 0 && words >= wordsToJudge * this.#limit) return true;
    // Where answers come whole there is nothing to see, and nothing is raised.
    return ended >= 2 * this.#limit && maxWriting * 2 > this.#limit;
  }

  #roomSeen(): void {
    const { speed } = this.#level;
    const before = this.#roomy;
    if (before?.speed && speed && (this.#limit * speed) / (before.limit * before.speed) < worthwhileGain) {
      // The server has the slots and not the strength: more at once only makes each slower.
      this.#settle(before.limit);
      return;
    }
    this.#roomy = { limit: this.#limit, speed };
    this.#seenWriting = Math.max(this.#seenWriting, this.#level.maxWriting);
    const next = Math.min(this.#limit * 2, this.#most);
    if (next > this.#limit) this.#move(next);
    else this.#settle(this.#limit);
  }

  #queueSeen(): void {
    const { maxWriting } = this.#level;
    // A server that works on nothing at all is loading its model or is held up: that is not a queue.
    if (maxWriting === 0 || maxWriting >= this.#limit) return;
    if (this.#settled) {
      // Somebody else uses the server too, or it has fewer slots than it had: not further down than half at once.
      // That may pass as it came: it is looked again soon, and less and less often.
      this.#recheckAfter = recheckSoonAfter;
      this.#settle(Math.max(maxWriting, Math.ceil(this.#limit / 2)));
      return;
    }
    this.#settle(Math.max(maxWriting, this.#seenWriting));
  }

  #settle(limit: number): void {
    this.#settled = true;
    this.#move(limit);
  }

  /** A server can be restarted with more slots. */
  #lookAgain(): void {
    this.#roomy = { limit: this.#limit, speed: this.#level.speed };
    this.#recheckAfter = Math.min(recheckAfter, this.#recheckAfter * 2);
    this.#seenWriting = 0;
    this.#settled = false;
    this.#move(Math.min(this.#limit * 2, this.#most));
  }

  #refused(): void {
    if (this.#fixed || this.#level.refused) return;
    this.#most = Math.max(1, this.#limit - 1);
    // What the server told was not so: from now on it is watched.
    this.#given = false;
    this.#settle(Math.max(1, Math.floor(this.#limit / 2)));
    // Many are refused at once: that counts once.
    this.#level.refused = true;
  }

  #move(limit: number): void {
    this.#limit = limit;
    this.#level = new Level(this.#now());
    const waiting = [...this.#underWay].filter(({ firstAt }) => firstAt === undefined);
    // The youngest first: the oldest is the next that the server takes.
    for (const one of waiting.sort((a, b) => b.sentAt - a.sentAt)) {
      if (this.#underWay.size <= limit) break;
      this.#underWay.delete(one);
      one.recall();
    }
    this.#onMove();
  }
}

/** What one question's stream tells. */
export interface Watch {
  readonly word: (letters: number) => void;
  /** `answered`: to its last word. Further calls do nothing. */
  readonly end: (answered: boolean) => void;
  /** The endpoint said that it is too busy. */
  readonly refused: () => void;
}

interface Watched {
  readonly recall: () => void;
  readonly sentAt: number;
  firstAt: number | undefined;
  lastAt: number;
  /** It may have waited in the server's queue: another answer ended while it waited. */
  queued: boolean;
}

/** What was seen since the number was last changed. Answers are counted while it was in full use. */
class Level {
  readonly since: number;
  ended = 0;
  words = 0;
  refused = false;
  #letters = 0;
  #ms = 0;
  /** The most that wrote at once: in this round of answers, and in the one before. */
  #most: [now: number, before: number] = [0, 0];

  constructor(since: number) {
    this.since = since;
  }

  writing(count: number): void {
    this.#most[0] = Math.max(this.#most[0], count);
  }

  get maxWriting(): number {
    return Math.max(...this.#most);
  }

  wrote(letters: number, ms: number): void {
    this.words += 1;
    this.#letters += letters;
    this.#ms += ms;
  }

  answerEnded(limit: number): void {
    this.ended += 1;
    // What was true long ago is not: a server can be restarted with fewer slots.
    if (this.ended % (2 * limit) === 0) this.#most = [0, this.#most[0]];
  }

  /** Letters a millisecond of one stream; undefined before enough was seen. */
  get speed(): number | undefined {
    return this.#ms === 0 ? undefined : this.#letters / this.#ms;
  }
}

/** On a server that does one at a time the other three are called back before its first answer has ended. */
const startLevel = 4;
/** More at once than any single server of this kind serves well; `--concurrency` goes beyond. */
const maxLevel = 64;
/** Two prompts worked on one after the other take twice one's time; what waits longer is behind an answer. */
const queueFactor = 2.2;
/** Share of the questions under way. */
const nearlyAll = 0.75;
/** Words of each stream before its speed is believed. */
const wordsToJudge = 4;
/** Doubling the number brings up to 2.0 × on idle slots and 1.0 × on none. */
const worthwhileGain = 1.15;
/** Answers per slot after which a settled number is questioned again. */
const recheckAfter = 200;
/** The same where the number was lowered after it had been settled. */
const recheckSoonAfter = 10;
