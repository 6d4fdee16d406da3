/**
 * Writes ONNX files: the few messages of onnx.proto that a convolutional network needs, in protobuf's wire format
 * (https://protobuf.dev/programming-guides/encoding/, https://github.com/onnx/onnx/blob/main/onnx/onnx.proto).
 */

/** A whole number, a list of them, a text or one float. */
export type Attribute = number | readonly number[] | string | { readonly float: number };

/** The operator set whose meanings `OnnxGraph` writes for: ReduceMean with an `axes` attribute, Pad with an input. */
const operatorSet = 17;
const irVersion = 8;

/** Numbers of onnx.proto: TensorProto.DataType and AttributeProto.AttributeType. */
const dataType = { float32: 1, int64: 7, float16: 10 } as const;
const attributeType = { float: 1, int: 2, string: 3, ints: 7 } as const;

/** A protobuf message under way: fields are appended in the order they are written. */
class Message {
  readonly chunks: Uint8Array[] = [];
  length = 0;

  integer(field: number, value: number | bigint): this {
    return this.#varint(BigInt(field << 3)).#varint(BigInt.asUintN(64, BigInt(value)));
  }

  float(field: number, value: number): this {
    return this.#varint(BigInt((field << 3) | 5)).#append(new Uint8Array(Float32Array.of(value).buffer));
  }

  bytes(field: number, bytes: Uint8Array): this {
    return this.#varint(BigInt((field << 3) | 2))
      .#varint(BigInt(bytes.byteLength))
      .#append(bytes);
  }

  text(field: number, text: string): this {
    return this.bytes(field, Buffer.from(text));
  }

  message(field: number, message: Message): this {
    this.#varint(BigInt((field << 3) | 2)).#varint(BigInt(message.length));
    for (const chunk of message.chunks) this.#append(chunk);
    return this;
  }

  #varint(value: bigint): this {
    const bytes: number[] = [];
    let rest = value;
    do {
      const more = rest >= 128n;
      bytes.push(Number(rest & 127n) | (more ? 128 : 0));
      rest >>= 7n;
    } while (rest > 0n);
    return this.#append(Uint8Array.from(bytes));
  }

  #append(bytes: Uint8Array): this {
    this.chunks.push(bytes);
    this.length += bytes.byteLength;
    return this;
  }
}

/** A graph of float32 operators under construction. Values are known by their names. */
export class OnnxGraph {
  readonly #nodes: Message[] = [];
  readonly #constants: Message[] = [];
  readonly #inputs: Message[] = [];
  readonly #outputs: Message[] = [];
  #count = 0;

  /** An input; a size given by a name may differ from call to call. */
  input(name: string, dims: readonly (number | string)[], elements: keyof typeof dataType = 'float32'): string {
    const shape = new Message();
    for (const dim of dims) {
      shape.message(1, typeof dim === 'number' ? new Message().integer(1, dim) : new Message().text(2, dim));
    }
    const type = new Message().integer(1, dataType[elements]).message(2, shape);
    this.#inputs.push(new Message().text(1, name).message(2, new Message().message(1, type)));
    return name;
  }

  /** Names a value as an output; its shape is inferred by whoever loads the file. */
  output(name: string): void {
    this.#outputs.push(new Message().text(1, name));
  }

  floats(dims: readonly number[], data: Float32Array): string {
    return this.#constant(dims, dataType.float32, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }

  /** Floats of 16 bits, two bytes each, lower byte first: to be cast where they are used. */
  halves(dims: readonly number[], data: Uint8Array): string {
    return this.#constant(dims, dataType.float16, data);
  }

  integers(values: readonly number[]): string {
    const data = BigInt64Array.from(values, BigInt);
    return this.#constant([values.length], dataType.int64, new Uint8Array(data.buffer));
  }

  /** One operator with one output, called `name` or by a name of its own; '' leaves an optional input out. */
  operator(type: string, inputs: readonly string[], attributes: Record<string, Attribute> = {}, name?: string): string {
    const output = name ?? this.#name(type);
    const node = new Message();
    for (const input of inputs) node.text(1, input);
    node.text(2, output).text(3, this.#name('node')).text(4, type);
    for (const [key, value] of Object.entries(attributes)) node.message(5, attribute(key, value));
    this.#nodes.push(node);
    return output;
  }

  /** The file. */
  encode(producer: string): Buffer {
    const graph = new Message();
    for (const node of this.#nodes) graph.message(1, node);
    graph.text(2, 'graph');
    for (const constant of this.#constants) graph.message(5, constant);
    for (const input of this.#inputs) graph.message(11, input);
    for (const output of this.#outputs) graph.message(12, output);
    const opset = new Message().text(1, '').integer(2, operatorSet);
    const model = new Message().integer(1, irVersion).text(2, producer).message(7, graph).message(8, opset);
    return Buffer.concat(model.chunks);
  }

  #constant(dims: readonly number[], type: number, raw: Uint8Array): string {
    const name = this.#name('constant');
    const tensor = new Message();
    for (const dim of dims) tensor.integer(1, dim);
    this.#constants.push(tensor.integer(2, type).text(8, name).bytes(9, raw));
    return name;
  }

  #name(kind: string): string {
    this.#count += 1;
    return `${kind}_${this.#count}`;
  }
}

function attribute(key: string, value: Attribute): Message {
  const message = new Message().text(1, key);
  if (typeof value === 'string') return message.text(4, value).integer(20, attributeType.string);
  if (typeof value === 'number') return message.integer(3, value).integer(20, attributeType.int);
  if ('float' in value) return message.float(2, value.float).integer(20, attributeType.float);
  for (const each of value) message.integer(8, each);
  return message.integer(20, attributeType.ints);
}
