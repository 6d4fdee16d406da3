/**
 * Says which kinds of hardware decoding this FFmpeg knows and which of them open on this machine. A process of its own:
 * a driver that is half installed may end it.
 */
import { openDevice } from './hardware.ts';
import { constants, HardwareDeviceContext, Log } from './native.ts';

Log.setLevel(constants.AV_LOG_QUIET);
for (const type of HardwareDeviceContext.iterateTypes()) {
  const name = HardwareDeviceContext.getTypeName(type);
  if (name === null) continue;
  process.send?.({ name, opens: false });
  const device = openDevice(type);
  if (!device) continue;
  process.send?.({ name, opens: true });
  device.free();
}
process.disconnect?.();
