/** The process in which jobs of a batch run. Started by the batch, never by hand. */
import { serveJobs } from '../app/batch/serve-jobs.ts';

serveJobs();
