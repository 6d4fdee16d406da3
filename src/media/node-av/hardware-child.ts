/**
 * Says which kinds of hardware decoding this FFmpeg knows and which of them open on this machine. A process of its own:
 * a driver that is half installed may end it.
 */
import { constants, HardwareDeviceContext, Log } from './native.ts';

Log.setLevel(constants.AV_LOG_QUIET);
for (const type of HardwareDeviceContext.iterateTypes()) {
  const name = HardwareDeviceContext.getTypeName(type);
  if (name === null) continue;
  process.send?.({ name, opens: false });
  const context = new HardwareDeviceContext();
  try {
    // Negative where there is no such device.
    const opens = context.create(type, null, null) >= 0;
    if (opens) process.send?.({ name, opens });
  } catch {
    // Refused in another way: it does not open.
  } finally {
    context.free();
  }
}
process.disconnect?.();
