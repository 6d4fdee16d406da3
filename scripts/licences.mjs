// Lists the licence of every package that is installed here: node scripts/licences.mjs [--used]
// With --used those alone that come with the product. Ends with 1 where one states a licence that is not known, or none.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');

/** Licences under which a package may be used beside Apache-2.0 code, by their SPDX names. */
const known = new Set(
  'MIT|Apache-2.0|ISC|BSD-2-Clause|BSD-3-Clause|0BSD|BlueOak-1.0.0|Unlicense|MPL-2.0|CC0-1.0|OFL-1.1'.split('|'),
);
/** What a package states elsewhere than in its package file. */
const stated = { '@shinyoshiaki/jspack': 'BSD-3-Clause' };

/** Of alternatives one must be known, of licences that hold together all. */
const isKnown = (licence) =>
  licence
    .replace(/^\((.*)\)$/, '$1')
    .split(' OR ')
    .some((one) => one.split(' AND ').every((part) => known.has(part)));

/** @returns every installed package with its licence; `used` leaves out what only developers need */
export function licences(used) {
  const { packages } = JSON.parse(readFileSync(join(root, 'node_modules/.package-lock.json'), 'utf8'));
  return Object.entries(packages)
    .filter(([, { dev }]) => !(used && dev))
    .map(([path, { version, license, dev, optional }]) => {
      const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
      const licence = license ?? stated[name] ?? 'none';
      const use = dev ? 'development' : optional ? 'optional' : 'always';
      return { name, version, licence, use, known: isKnown(licence) };
    })
    .toSorted((a, b) => a.name.localeCompare(b.name));
}

if (process.argv[1] === import.meta.filename) {
  const all = licences(process.argv.includes('--used'));
  const width = Math.max(...all.map(({ name, version }) => name.length + version.length + 1));
  for (const { name, version, licence, use } of all) {
    console.log(`${`${name} ${version}`.padEnd(width)}  ${use.padEnd(11)}  ${licence}`);
  }
  const counts = Object.entries(Object.groupBy(all, ({ licence }) => licence)).map(
    ([id, some]) => `${id} ${some.length}`,
  );
  console.log(`\n${all.length} packages: ${counts.join(', ')}.`);
  const unknown = all.filter((one) => !one.known);
  for (const { name, licence } of unknown) console.error(`${name}: its licence (${licence}) is not among those known.`);
  if (unknown.length > 0) process.exitCode = 1;
}
