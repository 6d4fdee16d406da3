export function licences(used: boolean): readonly {
  readonly name: string;
  readonly version: string;
  readonly licence: string;
  readonly use: 'always' | 'optional' | 'development';
  readonly known: boolean;
}[];
