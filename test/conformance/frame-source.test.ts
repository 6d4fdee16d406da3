import { FfmpegProgramSource } from '../../src/media/ffmpeg-program/source.ts';
import { SegmentedSource } from '../../src/media/node-av/segmented-source.ts';
import { NodeAvSource } from '../../src/media/node-av/source.ts';
import { hasFfmpeg } from '../fixtures/pictures.ts';
import { testFrameSource } from './frame-source.ts';

const skip = hasFfmpeg ? false : 'the ffmpeg program, which makes the clips, is not here';

testFrameSource('node-av', (path, signal) => NodeAvSource.open(path, 1, { signal }), skip);
testFrameSource('node-av in turn', (path, signal) => NodeAvSource.open(path, 1, { ahead: 0, signal }), skip);
testFrameSource('node-av in segments', (path, signal) => SegmentedSource.open(path, 1, { segments: 3, signal }), skip);
testFrameSource('the ffmpeg program', (path, signal) => FfmpegProgramSource.open(path, 1, { signal }), skip);
