import { moneyOf, type Price } from '../core/run.ts';
import { count } from '../core/words.ts';
import { tokensOfText } from './context.ts';
import type { Spending } from './model.ts';
import type { ModelRequest } from './provider.ts';
import type { Reply } from './request.ts';

export interface BudgetLimits {
  /** Tokens in and out, all requests together. */
  readonly maxTokens?: number | undefined;
  /** Money, in the currency of the price. */
  readonly maxCost?: number | undefined;
  readonly price?: Price | undefined;
}

interface Tokens {
  readonly tokensIn: number;
  readonly tokensOut: number;
}

/**
 * What a run may spend on a model. Looked at before each request, so that what is under way then, and nothing else, can
 * come beyond it.
 */
export class Budget implements Spending {
  readonly #limits: BudgetLimits;
  #tokensIn = 0;
  #tokensOut = 0;
  #estimates = false;

  constructor(limits: BudgetLimits) {
    this.#limits = limits;
  }

  get price(): Price | undefined {
    return this.#limits.price;
  }

  /** What earlier parts of the same run have spent of it. */
  begin({ tokensIn, tokensOut }: Tokens): void {
    this.#tokensIn += tokensIn;
    this.#tokensOut += tokensOut;
  }

  /** Why nothing more may be asked; undefined as long as something may. */
  get spent(): string | undefined {
    const { maxTokens, maxCost, price } = this.#limits;
    const tokens = this.#tokensIn + this.#tokensOut;
    if (maxTokens !== undefined && tokens >= maxTokens) {
      return `the budget of ${count(maxTokens)} tokens is spent (${count(tokens)})`;
    }
    const money = moneyOf({ price, tokensIn: this.#tokensIn, tokensOut: this.#tokensOut });
    if (maxCost === undefined || money === undefined || money < maxCost) return undefined;
    return `the budget of ${maxCost} is spent (${money.toFixed(4)})`;
  }

  /** Whether tokens had to be estimated, as the server does not tell them. */
  get estimates(): boolean {
    return this.#estimates;
  }

  /** Counts a reply, with what the server does not tell estimated by length; returns it with its tokens. */
  count(reply: Reply, asked: ModelRequest): Reply {
    const limited = this.#limits.maxTokens !== undefined || this.#limits.maxCost !== undefined;
    let counted = reply;
    if (limited && (reply.tokensIn === undefined || reply.tokensOut === undefined)) {
      this.#estimates = true;
      counted = {
        ...reply,
        tokensIn: reply.tokensIn ?? promptTokens(asked),
        tokensOut: reply.tokensOut ?? tokensOfText(reply.text + reply.thoughts),
      };
    }
    this.begin({ tokensIn: counted.tokensIn ?? 0, tokensOut: counted.tokensOut ?? 0 });
    return counted;
  }

  /** Counts a request that was worked on and brought nothing: it is paid for all the same. */
  lost(asked: ModelRequest): void {
    this.begin({ tokensIn: promptTokens(asked), tokensOut: 0 });
  }
}

/** A picture's, where nobody tells; more than most families take. */
const tokensPerImage = 1000;

const promptTokens = ({ system = '', prompt, images }: ModelRequest): number =>
  tokensOfText(system + prompt) + images.length * tokensPerImage;
