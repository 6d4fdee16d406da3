/** The names of everything that a run may write into its folder, whatever its workflow. */
export const runFiles = {
  /** The manifest: what was run, how it ended, what it cost. */
  record: 'run.json',
  /** What the run told, one event a line. */
  stream: 'events.jsonl',
  report: 'report.html',
  ledger: 'ledger.jsonl',
  log: 'run.log',
  lock: 'run.lock',
  trace: 'trace.json',
  slides: 'slides.json',
  shown: 'shown.json',
  /** Every state of the picture that was told apart, with what it is merged by. */
  states: 'states.json',
  /** Folder of the states' pictures: those of slides, and of what was found to be another slide or none. */
  pictures: 'states',
  /** Folder of the slides' pictures. */
  images: 'slides',
  /** Folder of what was costly to find out. */
  memory: 'memory',
  observations: 'observations.jsonl',
  table: 'observations.csv',
  /** What was concluded, measured and asked together. */
  events: 'events.json',
  /** Folder of pictures of events: drawn of a measurement (PNG), and shown to a model (JPEG). */
  eventPictures: 'events',
  /** Folder of the frames that were shown to a model. */
  windows: 'windows',
  verifications: 'verifications.jsonl',
  /** States over time. */
  spans: 'spans.json',
  /** Calibration, rules and totals. */
  driver: 'driver.json',
  /** Says that the tables of measurements are whole, and of what. */
  measured: 'measured.json',
  measurements: 'measurements.csv',
  measurementsParquet: 'measurements.parquet',
} as const;

export type RunFile = (typeof runFiles)[keyof typeof runFiles];
