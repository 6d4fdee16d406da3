import type { Decision } from '../../core/run.ts';
import { html, jsonForScript, type Html } from '../html.ts';

const columns = ['Time', 'Verdict', 'Rule', 'Shows', 'Figures', 'Why'];

/** The frame of the table; the page's script fills it, some hundred rows at a time. */
export function renderDecisionsView(): Html {
  return html`<section id="decisions" class="decisions" hidden aria-label="Decisions">
<p class="lead">Every frame that was looked at, and why it was kept or not: the rule, and its figures against their thresholds.</p>
<div class="rules" id="rules" role="group" aria-label="Filter by rule"></div>
<div class="scroll"><table>
<thead><tr>${columns.map((column) => html`<th scope="col">${column}</th>`)}</tr></thead>
<tbody id="rows"></tbody>
</table></div>
<p id="more" class="more"></p>
</section>
<noscript><p>The decisions need JavaScript to be shown here. The same lines are in <code>ledger.jsonl</code>.</p></noscript>`;
}

const short = (value: number): number => Number(value.toPrecision(4));

/** As an array, not an object: names repeated four thousand times would be half of the page. */
function row(decision: Decision): unknown[] {
  const figures = Object.entries(decision.figures).map(([name, value]) => {
    const threshold = decision.threshold[name];
    return threshold === undefined ? [name, short(value)] : [name, short(value), short(threshold)];
  });
  for (const [name, value] of Object.entries(decision.threshold))
    if (!(name in decision.figures)) figures.push([name, '', short(value)]);
  for (const { use, model, label, confidence, threshold } of decision.opinions ?? []) {
    const name = [use, model, ...(label === undefined ? [] : [label])].join(' ');
    figures.push(threshold === undefined ? [name, short(confidence)] : [name, short(confidence), short(threshold)]);
  }
  return [
    Number(decision.time.toFixed(3)),
    decision.kept ? 1 : 0,
    decision.rule,
    decision.reason,
    figures,
    decision.kind ?? '',
    decision.confidence === undefined ? '' : short(decision.confidence),
    decision.slide ?? 0,
  ];
}

/** The decisions as JSON text in pieces, so that hours of ledger never stand in memory as one string. */
export async function* decisionRows(decisions: AsyncIterable<Decision> | Iterable<Decision>): AsyncGenerator<string> {
  yield '[';
  let piece: string[] = [];
  let first = true;
  for await (const decision of decisions) {
    piece.push((first ? '' : ',\n') + jsonForScript(row(decision)));
    first = false;
    if (piece.length >= 500) {
      yield piece.join('');
      piece = [];
    }
  }
  yield `${piece.join('')}]`;
}
