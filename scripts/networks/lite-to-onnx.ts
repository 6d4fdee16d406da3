import { OnnxGraph } from '../../src/vision/face/tfjs/onnx-file.ts';
import type { LiteModel, LiteOperator, LiteTensor } from './tflite.ts';

/** A value in the new graph; pictures have their channels first, all else is as TensorFlow has it. */
interface Value {
  readonly name: string;
  /** As TensorFlow has it, channels last. */
  readonly shape: readonly number[];
  readonly channelsFirst: boolean;
}

/**
 * Translates a TensorFlow Lite model of convolutions into ONNX. Its weights stay 16 bits wide where they are, and are widened
 * when the network is loaded. Pictures go in with their channels last, as TensorFlow has them.
 *
 * Throws Error where the model holds an operator that is not known here.
 */
export function liteToOnnx(model: LiteModel): Buffer {
  const translation = new Translation(model);
  for (const operator of model.operators) translation.take(operator);
  return translation.encode();
}

const toChannelsFirst = [0, 3, 1, 2];
const toChannelsLast = [0, 2, 3, 1];
const float32 = 1;

class Translation {
  readonly onnx = new OnnxGraph();
  readonly #model: LiteModel;
  readonly #values = new Map<number, Value>();
  /** Constants that a later operator asks for as what they were widened from. */
  readonly #widened = new Map<number, number>();

  constructor(model: LiteModel) {
    this.#model = model;
    for (const input of model.inputs) {
      const { shape } = this.tensor(input);
      const name = this.onnx.input(`input_${input}`, shape);
      this.#values.set(input, {
        name: this.onnx.operator('Transpose', [name], { perm: toChannelsFirst }),
        shape,
        channelsFirst: true,
      });
    }
  }

  tensor(index: number): LiteTensor {
    return this.#model.tensors[index]!;
  }

  /** The constant behind a tensor, also behind one that only widens it. */
  constant(index: number): LiteTensor {
    return this.tensor(this.#widened.get(index) ?? index);
  }

  take(operator: LiteOperator): void {
    const translate = translations[operator.code];
    if (!translate) throw new Error(`operator ${operator.code} ${operator.custom} is not known`);
    translate(operator, this);
  }

  widened(from: number, to: number): void {
    this.#widened.set(to, from);
  }

  value(index: number): Value {
    const value = this.#values.get(index);
    if (!value) throw new Error(`tensor ${index} is not computed`);
    return value;
  }

  /** Names the result of an operator; its shape is the model's. */
  put(operator: LiteOperator, name: string, channelsFirst: boolean, fused = 0): void {
    const index = operator.outputs[0]!;
    const activated = fused === 1 ? this.onnx.operator('Relu', [name]) : fused === 3 ? this.clipped(name) : name;
    if (fused !== 0 && fused !== 1 && fused !== 3) throw new Error(`activation ${fused} is not known`);
    this.#values.set(index, { name: activated, shape: this.tensor(index).shape, channelsFirst });
  }

  clipped(name: string): string {
    const bound = (value: number): string => this.onnx.floats([], Float32Array.of(value));
    return this.onnx.operator('Clip', [name, bound(0), bound(6)]);
  }

  /** A constant's numbers turned to `dims` by taking them in the order of `perm`. */
  weights(index: number, dims: readonly number[], perm: readonly number[]): string {
    const { shape, type, data } = this.constant(index);
    const wide = type === 'float16' ? 2 : 4;
    const turned = Buffer.alloc(data.length);
    const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, size) => product * size, 1));
    const order = perm.map((axis) => ({ size: shape[axis]!, stride: strides[axis]! }));
    let to = 0;
    const walk = (depth: number, from: number): void => {
      if (depth === order.length) {
        data.copy(turned, to, from * wide, (from + 1) * wide);
        to += wide;
        return;
      }
      const { size, stride } = order[depth]!;
      for (let step = 0; step < size; step++) walk(depth + 1, from + step * stride);
    };
    walk(0, 0);
    if (type === 'float16') return this.onnx.operator('Cast', [this.onnx.halves(dims, turned)], { to: float32 });
    return this.onnx.floats(dims, new Float32Array(turned.buffer, turned.byteOffset, turned.length / 4));
  }

  channelsLast({ name, channelsFirst }: Value): string {
    return channelsFirst ? this.onnx.operator('Transpose', [name], { perm: toChannelsLast }) : name;
  }

  encode(): Buffer {
    for (const [index, output] of this.#model.outputs.entries()) {
      this.onnx.operator('Identity', [this.channelsLast(this.value(output))], {}, `output_${index}`);
      this.onnx.output(`output_${index}`);
    }
    return this.onnx.encode('framesift');
  }
}

/** TensorFlow's SAME: what is needed beyond the picture, the odd one after it. Top, left, bottom, right. */
function padsOf(
  picture: Value,
  kernel: readonly [number, number],
  strides: readonly [number, number],
  isSame: boolean,
): number[] {
  if (!isSame) return [0, 0, 0, 0];
  const each = [0, 1].map((axis) => {
    const size = picture.shape[1 + axis]!;
    const [wide, stride] = [kernel[axis]!, strides[axis]!];
    return Math.max(0, (Math.ceil(size / stride) - 1) * stride + wide - size);
  });
  const before = each.map((total) => Math.floor(total / 2));
  return [...before, ...each.map((total, axis) => total - before[axis]!)];
}

function convolve(operator: LiteOperator, graph: Translation, isDepthwise: boolean): void {
  const [picture, kernel, bias] = operator.inputs;
  const value = graph.value(picture!);
  const shape = graph.constant(kernel!).shape;
  const [, high, wide] = shape as [number, number, number, number];
  const strides = [operator.option(2, 'int'), operator.option(1, 'int')] as const;
  const [first, last] = [shape[0]!, shape[3]!];
  const weights = isDepthwise
    ? graph.weights(kernel!, [last, 1, high, wide], [3, 0, 1, 2])
    : graph.weights(kernel!, [first, last, high, wide], [0, 3, 1, 2]);
  const channels = isDepthwise ? last : first;
  const inputs = [
    value.name,
    weights,
    ...(bias === undefined || bias < 0 ? [] : [graph.weights(bias, [channels], [0])]),
  ];
  const name = graph.onnx.operator('Conv', inputs, {
    strides,
    kernel_shape: [high, wide],
    pads: padsOf(value, [high, wide], strides, operator.option(0, 'byte') === 0),
    group: isDepthwise ? last : 1,
  });
  graph.put(operator, name, true, operator.option(isDepthwise ? 4 : 3, 'byte'));
}

/** By the numbers of the schema's BuiltinOperator. */
const translations: Readonly<Record<number, (operator: LiteOperator, graph: Translation) => void>> = {
  // ADD
  0(operator, graph) {
    const [a, b] = operator.inputs.map((index) => graph.value(index));
    graph.put(operator, graph.onnx.operator('Add', [a!.name, b!.name]), a!.channelsFirst, operator.option(0, 'byte'));
  },
  // CONCATENATION
  2(operator, graph) {
    const values = operator.inputs.map((index) => graph.value(index));
    const names = values.map((value) => graph.channelsLast(value));
    graph.put(operator, graph.onnx.operator('Concat', names, { axis: operator.option(0, 'int') }), false);
  },
  // CONV_2D
  3: (operator, graph) => convolve(operator, graph, false),
  // DEPTHWISE_CONV_2D
  4: (operator, graph) => convolve(operator, graph, true),
  // DEQUANTIZE of 16-bit weights
  6: ({ inputs, outputs }, graph) => graph.widened(inputs[0]!, outputs[0]!),
  // MAX_POOL_2D
  17(operator, graph) {
    const value = graph.value(operator.inputs[0]!);
    const kernel = [operator.option(4, 'int'), operator.option(3, 'int')] as const;
    const strides = [operator.option(2, 'int'), operator.option(1, 'int')] as const;
    const pads = padsOf(value, kernel, strides, operator.option(0, 'byte') === 0);
    graph.put(operator, graph.onnx.operator('MaxPool', [value.name], { kernel_shape: kernel, strides, pads }), true);
  },
  // RELU
  19(operator, graph) {
    const value = graph.value(operator.inputs[0]!);
    graph.put(operator, graph.onnx.operator('Relu', [value.name]), value.channelsFirst);
  },
  // RESHAPE
  22(operator, graph) {
    const name = graph.channelsLast(graph.value(operator.inputs[0]!));
    const shape = graph.onnx.integers(graph.tensor(operator.outputs[0]!).shape);
    graph.put(operator, graph.onnx.operator('Reshape', [name, shape]), false);
  },
  // RESIZE_BILINEAR
  23(operator, graph) {
    const value = graph.value(operator.inputs[0]!);
    const [, high, wide, channels] = graph.tensor(operator.outputs[0]!).shape;
    const sizes = graph.onnx.integers([1, channels!, high!, wide!]);
    const [aligned, halves] = [operator.option(2, 'byte') !== 0, operator.option(3, 'byte') !== 0];
    const mode = halves ? 'half_pixel' : aligned ? 'align_corners' : 'asymmetric';
    const attributes = { mode: 'linear', coordinate_transformation_mode: mode };
    graph.put(operator, graph.onnx.operator('Resize', [value.name, '', '', sizes], attributes), true);
  },
  // PAD
  34(operator, graph) {
    const value = graph.value(operator.inputs[0]!);
    const { data } = graph.constant(operator.inputs[1]!);
    const side = (axis: number, end: 0 | 1): number => data.readInt32LE((axis * 2 + end) * 4);
    const pads = ([0, 1] as const).flatMap((end) => toChannelsFirst.map((axis) => side(axis, end)));
    graph.put(operator, graph.onnx.operator('Pad', [value.name, graph.onnx.integers(pads)]), true);
  },
  // PRELU
  54(operator, graph) {
    const value = graph.value(operator.inputs[0]!);
    const { shape } = graph.constant(operator.inputs[1]!);
    const slopes = graph.weights(operator.inputs[1]!, [shape.at(-1)!, 1, 1], [2, 0, 1]);
    graph.put(operator, graph.onnx.operator('PRelu', [value.name, slopes]), true);
  },
};
