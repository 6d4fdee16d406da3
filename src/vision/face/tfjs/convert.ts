import { nodeName, type GraphModel, type GraphNode, type Weight } from './graph-model.ts';
import { OnnxGraph } from './onnx-file.ts';

/** Where a graph is cut, for the parts around a network that code of ours does better or does not need. */
export interface Cut {
  /** Nodes that become inputs, with their shape [batch, height, width, channels]. Default: the model's own input. */
  readonly inputs?: Readonly<Record<string, readonly number[]>>;
  /** Nodes that become outputs, in this order. Default: the model's own outputs. */
  readonly outputs?: readonly string[];
}

/** A value in the new graph: in ONNX's order [batch, channels, height, width], or as TensorFlow has it. */
interface Value {
  readonly name: string;
  readonly channelsFirst: boolean;
}

type Translate = (node: GraphNode, graph: Translation) => Value;

const toChannelsFirst = [0, 3, 1, 2];
const toChannelsLast = [0, 2, 3, 1];

/**
 * Translates a TensorFlow.js graph of convolutions into an ONNX file. Pictures go in and come out with their channels
 * last, as TensorFlow has them; inside, ONNX's order is kept from one operator to the next. The outputs are the
 * network's, in the order of `cut.outputs` or of the model's own list.
 *
 * Throws Error where the graph holds an operator that is not known here.
 */
export function convertToOnnx(model: GraphModel, cut: Cut = {}): Buffer {
  const graph = new Translation(model, cut.inputs ?? {});
  for (const [index, output] of (cut.outputs ?? model.outputs).entries()) {
    const value = graph.value(output);
    const name = `output_${index}`;
    if (value.channelsFirst) graph.onnx.operator('Transpose', [value.name], { perm: toChannelsLast }, name);
    else graph.onnx.operator('Identity', [value.name], {}, name);
    graph.onnx.output(name);
  }
  return graph.onnx.encode('framesift');
}

class Translation {
  readonly onnx = new OnnxGraph();
  readonly #model: GraphModel;
  readonly #inputs: Cut['inputs'] & object;
  readonly #done = new Map<string, Value>();

  constructor(model: GraphModel, inputs: Cut['inputs'] & object) {
    this.#model = model;
    this.#inputs = inputs;
  }

  value(input: string): Value {
    const name = nodeName(input);
    const known = this.#done.get(name) ?? this.#translate(name);
    this.#done.set(name, known);
    return known;
  }

  #translate(name: string): Value {
    const dims = this.#inputs[name];
    if (dims) return this.input(name, dims);
    const node = this.#model.nodes.get(name);
    if (!node) throw new Error(`the graph has no node ${name}`);
    const translate = translations[node.op];
    if (!translate) throw new Error(`the operator ${node.op} (${name}) is not known`);
    return translate(node, this);
  }

  input(name: string, dims: readonly number[]): Value {
    const input = this.onnx.input(name.replaceAll(/\W/g, '_'), dims);
    return { name: this.onnx.operator('Transpose', [input], { perm: toChannelsFirst }), channelsFirst: true };
  }

  hasWeight(input: string): boolean {
    return this.#model.weights.has(nodeName(input));
  }

  weight(input: string): Weight {
    const weight = this.#model.weights.get(nodeName(input));
    if (weight) return weight;
    const node = this.#model.nodes.get(nodeName(input));
    if (node?.op === 'Identity' && node.input[0] !== undefined) return this.weight(node.input[0]);
    throw new Error(`${input} is no constant`);
  }

  whole(input: string): number[] {
    return Array.from(this.weight(input).data);
  }

  /** The name of a value with its channels last. */
  channelsLast({ name, channelsFirst }: Value): string {
    return channelsFirst ? this.onnx.operator('Transpose', [name], { perm: toChannelsLast }) : name;
  }

  channelsFirst({ name, channelsFirst }: Value): string {
    return channelsFirst ? name : this.onnx.operator('Transpose', [name], { perm: toChannelsFirst });
  }

  /** A constant that is broadcast along a picture with its channels first: a number, one a channel, or a picture. */
  besidePicture(input: string): string {
    const { shape, data } = this.weight(input);
    if (shape.length === 0) return this.onnx.floats([], data);
    if (shape.slice(0, -1).every((dim) => dim === 1)) return this.onnx.floats([data.length, 1, 1], data);
    const turned = permute({ shape: [...Array<number>(4 - shape.length).fill(1), ...shape], data }, toChannelsFirst);
    return this.onnx.floats(turned.shape, turned.data);
  }

  /** The activations fused onto an operator; their slopes follow the bias among its inputs. */
  activate(name: string, node: GraphNode, after: number): string {
    let [result, next] = [name, after];
    for (const fused of fusedOperators(node)) {
      if (fused === 'BiasAdd') continue;
      if (fused === 'Prelu') {
        result = this.onnx.operator('PRelu', [result, this.besidePicture(input(node, next))]);
        next += 1;
      } else result = this.simple(fused, result);
    }
    return result;
  }

  simple(kind: string, name: string): string {
    if (kind === 'Relu' || kind === 'Sigmoid') return this.onnx.operator(kind, [name]);
    if (kind !== 'Relu6') throw new Error(`the activation ${kind} is not known`);
    const [low, high] = [this.onnx.floats([], Float32Array.of(0)), this.onnx.floats([], Float32Array.of(6))];
    return this.onnx.operator('Clip', [name, low, high]);
  }
}

const convolution =
  (depthwise: boolean): Translate =>
  (node, graph) => {
    const weight = graph.weight(input(node, 1));
    const [height = 1, width = 1, channels = 1, filters = 1] = weight.shape;
    const turned = permute(weight, depthwise ? [2, 3, 0, 1] : [3, 2, 0, 1]);
    const dims = depthwise ? [channels * filters, 1, height, width] : turned.shape;
    const inputs = [graph.channelsFirst(graph.value(input(node, 0))), graph.onnx.floats(dims, turned.data)];
    const biased = fusedOperators(node).includes('BiasAdd');
    if (biased) {
      const { data } = graph.weight(input(node, 2));
      inputs.push(graph.onnx.floats([data.length], data));
    }
    const [, down = 1, across = 1] = node.attr.strides?.list.i ?? [];
    const [, dilateDown = 1, dilateAcross = 1] = node.attr.dilations?.list.i ?? [];
    const name = graph.onnx.operator('Conv', inputs, {
      kernel_shape: [height, width],
      strides: [down, across],
      dilations: [dilateDown, dilateAcross],
      group: depthwise ? channels : 1,
      ...padding(node),
    });
    return { name: graph.activate(name, node, biased ? 3 : 2), channelsFirst: true };
  };

/** TensorFlow's `SAME` puts the odd pixel after, as ONNX's SAME_UPPER does. */
function padding(node: GraphNode): { auto_pad: string } | { pads: number[] } {
  const kind = Buffer.from(node.attr.padding?.s ?? '', 'base64').toString();
  if (kind === 'SAME') return { auto_pad: 'SAME_UPPER' };
  if (kind === 'VALID') return { auto_pad: 'VALID' };
  const [, , top = 0, bottom = 0, left = 0, right = 0] = node.attr.explicit_paddings?.list.i ?? [];
  return { pads: [top, left, bottom, right] };
}

const elementwise =
  (operator: string): Translate =>
  (node, graph) => {
    const [first, second] = [input(node, 0), input(node, 1)];
    if (!graph.hasWeight(first) && !graph.hasWeight(second)) {
      const [a, b] = [graph.value(first), graph.value(second)];
      if (a.channelsFirst === b.channelsFirst) return { ...a, name: graph.onnx.operator(operator, [a.name, b.name]) };
      const names = [graph.channelsLast(a), graph.channelsLast(b)];
      return { name: graph.onnx.operator(operator, names), channelsFirst: false };
    }
    const value = graph.value(graph.hasWeight(second) ? first : second);
    const constant = graph.hasWeight(second) ? second : first;
    const { shape, data } = graph.weight(constant);
    const beside = value.channelsFirst ? graph.besidePicture(constant) : graph.onnx.floats(shape, data);
    const names = graph.hasWeight(second) ? [value.name, beside] : [beside, value.name];
    return { ...value, name: graph.onnx.operator(operator, names) };
  };

const activation: Translate = (node, graph) => {
  const value = graph.value(input(node, 0));
  return { ...value, name: graph.simple(node.op, value.name) };
};

const translations: Readonly<Record<string, Translate>> = {
  Placeholder: (node, graph) => {
    const dims = node.attr.shape?.shape.dim ?? [];
    return graph.input(
      node.name,
      // An open batch size is one picture here.
      dims.map(({ size }) => (size < 0 ? 1 : size)),
    );
  },
  Identity: (node, graph) => graph.value(input(node, 0)),
  _FusedConv2D: convolution(false),
  Conv2D: convolution(false),
  DepthwiseConv2dNative: convolution(true),
  FusedDepthwiseConv2dNative: convolution(true),
  Add: elementwise('Add'),
  AddV2: elementwise('Add'),
  Sub: elementwise('Sub'),
  Mul: elementwise('Mul'),
  Relu: activation,
  Relu6: activation,
  Sigmoid: activation,
  Prelu: (node, graph) => {
    const name = graph.channelsFirst(graph.value(input(node, 0)));
    return { name: graph.onnx.operator('PRelu', [name, graph.besidePicture(input(node, 1))]), channelsFirst: true };
  },
  MaxPool: (node, graph) => {
    const [, height = 1, width = 1] = node.attr.ksize?.list.i ?? [];
    const [, down = 1, across = 1] = node.attr.strides?.list.i ?? [];
    const name = graph.onnx.operator('MaxPool', [graph.channelsFirst(graph.value(input(node, 0)))], {
      kernel_shape: [height, width],
      strides: [down, across],
      ...padding(node),
    });
    return { name, channelsFirst: true };
  },
  Pad: (node, graph) => {
    const value = graph.value(input(node, 0));
    const pads = graph.whole(input(node, 1));
    const axes = value.channelsFirst ? toChannelsFirst : Array.from({ length: pads.length / 2 }, (_, axis) => axis);
    const sides = [...axes.map((axis) => pads[axis * 2]!), ...axes.map((axis) => pads[axis * 2 + 1]!)];
    return { ...value, name: graph.onnx.operator('Pad', [value.name, graph.onnx.integers(sides)]) };
  },
  Reshape: (node, graph) => {
    const name = graph.channelsLast(graph.value(input(node, 0)));
    const shape = graph.onnx.integers(graph.whole(input(node, 1)));
    return { name: graph.onnx.operator('Reshape', [name, shape]), channelsFirst: false };
  },
  Squeeze: (node, graph) => {
    const name = graph.channelsLast(graph.value(input(node, 0)));
    const axes = graph.onnx.integers(node.attr.squeeze_dims?.list.i ?? []);
    return { name: graph.onnx.operator('Squeeze', [name, axes]), channelsFirst: false };
  },
  Pack: (node, graph) => {
    const axis = node.attr.axis?.i ?? 0;
    const names = node.input.map((each) => {
      const name = graph.channelsLast(graph.value(each));
      return graph.onnx.operator('Unsqueeze', [name, graph.onnx.integers([axis])]);
    });
    return { name: graph.onnx.operator('Concat', names, { axis }), channelsFirst: false };
  },
  ConcatV2: (node, graph) => {
    const values = node.input.slice(0, -1).map((each) => graph.value(each));
    const [axis = 0] = graph.whole(input(node, node.input.length - 1));
    if (values.every(({ channelsFirst }) => channelsFirst)) {
      const names = values.map(({ name }) => name);
      const turned = toChannelsFirst.indexOf((axis + 4) % 4);
      return { name: graph.onnx.operator('Concat', names, { axis: turned }), channelsFirst: true };
    }
    const names = values.map((value) => graph.channelsLast(value));
    return { name: graph.onnx.operator('Concat', names, { axis }), channelsFirst: false };
  },
  Mean: (node, graph) => {
    const value = graph.value(input(node, 0));
    const axes = graph.whole(input(node, 1));
    const kept = node.attr.keep_dims?.b === true;
    if (value.channelsFirst && kept) {
      const turned = axes.map((axis) => toChannelsFirst.indexOf(axis));
      return { ...value, name: graph.onnx.operator('ReduceMean', [value.name], { axes: turned, keepdims: 1 }) };
    }
    const name = graph.onnx.operator('ReduceMean', [graph.channelsLast(value)], { axes, keepdims: Number(kept) });
    return { name, channelsFirst: false };
  },
  ResizeBilinear: (node, graph) => {
    const name = graph.channelsFirst(graph.value(input(node, 0)));
    const whole = graph.onnx.operator('Shape', [name]);
    const bounds = [graph.onnx.integers([0]), graph.onnx.integers([2])];
    const leading = graph.onnx.operator('Slice', [whole, ...bounds]);
    const sizes = graph.onnx.integers(graph.whole(input(node, 1)));
    const shape = graph.onnx.operator('Concat', [leading, sizes], { axis: 0 });
    const { half_pixel_centers: half, align_corners: corners } = node.attr;
    const mode = half?.b === true ? 'half_pixel' : corners?.b === true ? 'align_corners' : 'asymmetric';
    const resize = { mode: 'linear', coordinate_transformation_mode: mode };
    return { name: graph.onnx.operator('Resize', [name, '', '', shape], resize), channelsFirst: true };
  },
};

function input(node: GraphNode, index: number): string {
  const name = node.input[index];
  if (name === undefined) throw new Error(`${node.op} (${node.name}) has no input ${index}`);
  return name;
}

function fusedOperators(node: GraphNode): string[] {
  return (node.attr.fused_ops?.list.s ?? []).map((name) => Buffer.from(name, 'base64').toString());
}

/** Turns the axes of a constant: axis `i` of the result is axis `order[i]` of the source. */
export function permute({ shape, data }: Weight, order: readonly number[]): Weight {
  const turned = order.map((axis) => shape[axis]!);
  const strides = order.map((axis) => shape.slice(axis + 1).reduce((product, dim) => product * dim, 1));
  const result = new Float32Array(data.length);
  const at = order.map(() => 0);
  for (let index = 0, source = 0; index < result.length; index++) {
    result[index] = data[source]!;
    // One step along the last axis, carried over into those before it like the digits of a number.
    for (let axis = order.length - 1; axis >= 0; axis--) {
      at[axis]! += 1;
      source += strides[axis]!;
      if (at[axis]! < turned[axis]!) break;
      source -= strides[axis]! * turned[axis]!;
      at[axis] = 0;
    }
  }
  return { shape: turned, data: result };
}
