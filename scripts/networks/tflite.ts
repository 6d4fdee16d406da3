/** A TensorFlow Lite model, as far as converting one needs it: the flatbuffer of tensorflow/lite/schema/schema.fbs. */
export interface LiteModel {
  readonly tensors: readonly LiteTensor[];
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  readonly operators: readonly LiteOperator[];
}

export interface LiteTensor {
  readonly shape: readonly number[];
  readonly type: 'float32' | 'float16' | 'int32' | 'other';
  /** Of a constant; empty for what is computed. */
  readonly data: Buffer;
}

export interface LiteOperator {
  /** Its number in the schema's BuiltinOperator. */
  readonly code: number;
  /** Name of a custom operator. */
  readonly custom: string;
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  /** A field of its options by its place in their table: a byte or a 32-bit number; 0 where it is left out. */
  readonly option: (place: number, kind: 'byte' | 'int') => number;
}

const types = ['float32', 'float16', 'int32'] as const;

/** Throws RangeError where the bytes are no such model. */
export function readLiteModel(bytes: Buffer): LiteModel {
  const at = {
    /** Where a table's field lies; undefined where it is left out. */
    field(table: number, place: number): number | undefined {
      const slots = table - bytes.readInt32LE(table);
      if (4 + 2 * place >= bytes.readUInt16LE(slots)) return undefined;
      const offset = bytes.readUInt16LE(slots + 4 + 2 * place);
      return offset === 0 ? undefined : table + offset;
    },
    reference: (offset: number): number => offset + bytes.readUInt32LE(offset),
    /** Where the elements of a list of references lie. */
    tables(table: number, place: number): number[] {
      const field = at.field(table, place);
      if (field === undefined) return [];
      const list = at.reference(field);
      return Array.from({ length: bytes.readUInt32LE(list) }, (_, index) => at.reference(list + 4 + 4 * index));
    },
    integers(table: number, place: number): number[] {
      const field = at.field(table, place);
      if (field === undefined) return [];
      const list = at.reference(field);
      return Array.from({ length: bytes.readUInt32LE(list) }, (_, index) => bytes.readInt32LE(list + 4 + 4 * index));
    },
    bytes(table: number, place: number): Buffer {
      const field = at.field(table, place);
      if (field === undefined) return Buffer.alloc(0);
      const list = at.reference(field);
      return bytes.subarray(list + 4, list + 4 + bytes.readUInt32LE(list));
    },
  };
  const byte = (table: number, place: number): number => {
    const field = at.field(table, place);
    return field === undefined ? 0 : bytes.readUInt8(field);
  };
  const int = (table: number, place: number): number => {
    const field = at.field(table, place);
    return field === undefined ? 0 : bytes.readInt32LE(field);
  };
  const root = at.reference(0);
  const codes = at.tables(root, 1).map((code) => ({
    // Newer files have numbers above 127 in a field of their own.
    code: Math.max(byte(code, 0), int(code, 3)),
    custom: at.bytes(code, 1).toString(),
  }));
  const buffers = at.tables(root, 4).map((buffer) => at.bytes(buffer, 0));
  const [graph] = at.tables(root, 2);
  if (graph === undefined) throw new RangeError('the model has no graph');
  return {
    tensors: at.tables(graph, 0).map((tensor) => ({
      shape: at.integers(tensor, 0),
      type: types[byte(tensor, 1)] ?? 'other',
      data: buffers[int(tensor, 2)] ?? Buffer.alloc(0),
    })),
    inputs: at.integers(graph, 1),
    outputs: at.integers(graph, 2),
    operators: at.tables(graph, 3).map((operator) => {
      const options = at.field(operator, 4);
      const table = options === undefined ? undefined : at.reference(options);
      return {
        ...codes[int(operator, 0)]!,
        inputs: at.integers(operator, 1),
        outputs: at.integers(operator, 2),
        option: (place, kind) => (table === undefined ? 0 : kind === 'byte' ? byte(table, place) : int(table, place)),
      };
    }),
  };
}
