/** A member of an archive: a file, or a link where `link` is given. */
export interface TarEntry {
  readonly name: string;
  readonly bytes?: Buffer;
  readonly link?: string;
}

/** Writes a tar as POSIX.1-2001 has it; `longNames` puts every name into an extended header. */
export function tarOf(entries: readonly TarEntry[], { longNames = false } = {}): Buffer {
  const parts: Buffer[] = [];
  for (const { name, bytes = Buffer.alloc(0), link } of entries) {
    if (longNames) {
      const pair = ` path=${name}\n`;
      let length = pair.length;
      while (`${length}${pair}`.length !== length) length = `${length}${pair}`.length;
      parts.push(...member('PaxHeader', Buffer.from(`${length}${pair}`), 'x'));
    }
    parts.push(...member(longNames ? 'short' : name, bytes, link === undefined ? '0' : '2', link));
  }
  return Buffer.concat([...parts, Buffer.alloc(1024)]);
}

function member(name: string, bytes: Buffer, type: string, link = ''): Buffer[] {
  const header = Buffer.alloc(512);
  const octal = (value: number, digits: number): string => value.toString(8).padStart(digits, '0');
  header.write(name, 0);
  header.write(octal(0o644, 7), 100);
  header.write(octal(bytes.length, 11), 124);
  header.write(' '.repeat(8), 148);
  header.write(type, 156);
  header.write(link, 157);
  header.write('ustar\x0000', 257, 'latin1');
  header.write(
    octal(
      header.reduce((sum, byte) => sum + byte, 0),
      6,
    ),
    148,
  );
  header[154] = 0;
  return [header, bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)];
}
