import { FramesiftError } from '../../core/errors.ts';
import { hardwareKinds } from '../hwaccel.ts';
import type { HardwareKind, Hwaccel } from '../hwaccel.ts';
import { HardwareDeviceContext, NativeFrame, constants } from './native.ts';
import type { Codec, CodecContext } from './native.ts';

type DeviceType = ReturnType<typeof HardwareDeviceContext.findTypeByName>;

/** @returns undefined where this machine has no such device, or no driver for it */
export function openDevice(type: DeviceType): HardwareDeviceContext | undefined {
  const device = new HardwareDeviceContext();
  try {
    // Negative where there is no such device.
    if (device.create(type, null, null) >= 0) return device;
  } catch {
    // Refused in another way: it does not open.
  }
  device.free();
  return undefined;
}

/** A device that decodes, and the format in which its frames lie on it. */
export interface Hardware {
  readonly kind: HardwareKind;
  readonly device: HardwareDeviceContext;
  readonly format: Parameters<CodecContext['setHardwarePixelFormat']>[0];
}

/** The device, or why it cannot be had. */
function tryHardware(kind: HardwareKind, codec: Codec): Hardware | string {
  const built = HardwareDeviceContext.iterateTypes().find((each) => HardwareDeviceContext.getTypeName(each) === kind);
  if (built === undefined) return `${kind} is not built in`;
  for (let index = 0; ; index += 1) {
    const config = codec.getHwConfig(index);
    if (!config) return `${kind} does not decode ${codec.name ?? 'this codec'}`;
    if (config.deviceType !== built || !(config.methods & constants.AV_CODEC_HW_CONFIG_METHOD_HW_DEVICE_CTX)) continue;
    const device = openDevice(built);
    return device ? { kind, device, format: config.pixFmt } : `${kind} does not open on this machine`;
  }
}

/**
 * The hardware that was asked for. Whether it takes a very stream is known only once it gave a frame: FFmpeg falls back to
 * the CPU without a word, so that is tried.
 *
 * @param decodes whether a frame that lies on the device comes out
 * @returns undefined for `none`; for `auto` where nothing could be had, as `refused` says
 * @throws FramesiftError `dependency` where hardware that was named cannot be had
 */
export function chooseHardware(
  hwaccel: Hwaccel,
  codec: Codec,
  decodes: (hardware: Hardware) => boolean,
): { readonly hardware?: Hardware; readonly refused?: string } {
  if (hwaccel === 'none') return {};
  const reasons: string[] = [];
  for (const kind of hwaccel === 'auto' ? hardwareKinds : [hwaccel]) {
    const found = tryHardware(kind, codec);
    if (typeof found === 'string') reasons.push(found);
    else if (decodes(found)) return { hardware: found };
    else {
      found.device.free();
      reasons.push(`${kind} refuses this video`);
    }
  }
  const refused = reasons.join(', ');
  if (hwaccel === 'auto') return { refused };
  throw new FramesiftError(
    'dependency',
    `--hwaccel ${hwaccel} cannot be had: ${refused}. Leave it out to decode on the CPU; framesift doctor says what opens here.`,
  );
}

/** Brings a frame that lies on a device into memory, in place. @returns negative where that fails */
export function bringToMemory(frame: NativeFrame): number {
  if (!frame.isHwFrame()) return 0;
  using memory = new NativeFrame();
  memory.alloc();
  const moved = frame.hwframeTransferDataSync(memory);
  const copied = moved < 0 ? moved : memory.copyProps(frame);
  frame.unref();
  return copied < 0 ? copied : frame.ref(memory);
}
