// For the test runner: compiled sources are kept between the hundreds of processes that a test run starts, so that each
// of them starts in half the time. Node tells by their content whether they are still true.
import { join } from 'node:path';

process.env.NODE_COMPILE_CACHE ??= join(import.meta.dirname, '../node_modules/.cache/compiled');
