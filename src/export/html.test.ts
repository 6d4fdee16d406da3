import assert from 'node:assert/strict';
import { test } from 'node:test';
import { html, jsonForScript, lines, raw } from './html.ts';

test('every value is escaped once, however deep it is nested', () => {
  const inner = html`<b title="${'"&\''}">${'<i>'}</b>`;
  assert.equal(inner.text, '<b title="&quot;&amp;&#39;">&lt;i&gt;</b>');
  assert.equal(html`${[inner, 3]}${undefined}${false}`.text, `${inner.text}3`);
  assert.equal(html`a${'\u0000\u001b'}b${'\t\n'}`.text, 'ab\t\n');
});

test('what is HTML already is left alone, and each of several parts has its line', () => {
  assert.equal(html`<style>${raw('a > b {}')}</style>`.text, '<style>a > b {}</style>');
  assert.equal(lines([html`<p>${'&'}</p>`, html`<p></p>`]).text, '<p>&amp;</p>\n<p></p>');
  assert.equal(lines([]).text, '');
});

test('JSON within a script cannot end it', () => {
  const text = jsonForScript({ text: '</script><!-- \u2028' });
  assert.doesNotMatch(text, /[<>\u2028]/);
  assert.deepEqual(JSON.parse(text), { text: '</script><!-- \u2028' });
});
